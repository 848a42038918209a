-- Cohorts of first buyers: how many of those who first filled in a month filled again 1, 2, … 12
-- months later. A person is in a cohort for each line of disease. Months that are not over are left out.
-- $line: filter, '' for all; $from, $to: the months that begin in between, and the two before
with firsts as (
    select patient_id, line_code, cast(date_trunc('month', min(fill_date)) as date) as cohort_month
    from fct_fills
    where $line = '' or line_code = $line
    group by patient_id, line_code
),

bought as (
    select distinct f.patient_id, f.line_code, cast(date_diff('month', c.cohort_month, f.fill_date) as int) as months_since
    from fct_fills f
    join firsts c using (patient_id, line_code)
),

cohorts as (
    select cohort_month, count(*) as cohort_count from firsts group by cohort_month
),

-- every month after a cohort's that is over on the business day
months as (
    select c.cohort_month, c.cohort_count, cast(m.months_since as bigint) as months_since
    from cohorts c
    cross join meta.builds b
    cross join (select unnest(range(1, 13)) as months_since) m
    where c.cohort_month + to_months(cast(m.months_since + 1 as int)) <= b.as_of + 1 and c.cohort_month between cast($from as date) - to_months(2) and cast($to as date)
)

select strftime(m.cohort_month, '%Y-%m') as cohort, m.months_since, m.cohort_count, count(n.patient_id) as buyers
from months m
left join (select f.cohort_month, n.* from bought n join firsts f using (patient_id, line_code)) n on n.cohort_month = m.cohort_month and n.months_since = m.months_since
group by m.cohort_month, m.months_since, m.cohort_count
order by m.cohort_month, m.months_since
