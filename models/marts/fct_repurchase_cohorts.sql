-- Cohorts of first buyers: how many of those who first filled in a month filled again 1, 2, … 12 months later.
-- grain: line_code, cohort_month, months_since
-- inputs: fct_fills, ref.settings
-- line_code: line of disease of the medicine
-- cohort_month: first day of the month of the first fill
-- months_since: calendar months after it; 0 is the month itself
-- cohort_count: patients of the cohort
-- buyer_count: of these, patients with a fill in that month
-- returned_count: of these, patients with a fill in that month or a later one
-- buyer_ratio: buyer_count / cohort_count
-- is_complete: the month is over
with months as (
    select distinct patient_id, line_code, cast(date_trunc('month', fill_date) as date) as month
    from fct_fills
),

cohorts as (
    select patient_id, line_code, min(month) as cohort_month, max(month) as last_month
    from months
    group by patient_id, line_code
),

sizes as (
    select
        c.line_code,
        c.cohort_month,
        n.months_since,
        count(*) as cohort_count,
        count(*) filter (where date_diff('month', c.cohort_month, c.last_month) >= n.months_since) as returned_count
    from cohorts as c
    cross join (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12)) as n (months_since)
    join ref.settings as s on date_diff('month', c.cohort_month, s.as_of) >= n.months_since
    group by c.line_code, c.cohort_month, n.months_since
),

buyers as (
    select c.line_code, c.cohort_month, date_diff('month', c.cohort_month, m.month) as months_since, count(*) as buyer_count
    from cohorts as c
    join months as m on m.patient_id = c.patient_id and m.line_code = c.line_code
    group by c.line_code, c.cohort_month, date_diff('month', c.cohort_month, m.month)
)

select
    z.line_code,
    z.cohort_month,
    z.months_since,
    z.cohort_count,
    coalesce(b.buyer_count, 0) as buyer_count,
    z.returned_count,
    coalesce(b.buyer_count, 0) / z.cohort_count as buyer_ratio,
    date_diff('month', z.cohort_month, s.as_of + 1) > z.months_since as is_complete
from sizes as z
cross join ref.settings as s
left join buyers as b on b.line_code = z.line_code and b.cohort_month = z.cohort_month and b.months_since = z.months_since
order by z.line_code, z.cohort_month, z.months_since
