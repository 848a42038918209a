-- People of a cohort who did not fill in a month after their first: those who may be contacted first.
-- $cohort: month of the first fill; $after: months after it; $line: filter, '' for all; $limit, $offset: the part
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

latest as (
    select patient_id, line_code, max(fill_date) as last_fill, count(distinct fill_date) as fills from fct_fills group by patient_id, line_code
)

select
    f.patient_id,
    f.line_code as line,
    coalesce(p.stage_code, '') as stage,
    coalesce(p.owner_staff_id, '') as owner,
    cast(l.last_fill as varchar) as last_fill,
    cast(l.fills as varchar) as fills,
    coalesce(cast(p.last_covered_date as varchar), '') as last_covered,
    coalesce(strftime(timezone('Asia/Shanghai', p.last_contact_at), '%Y-%m-%d'), '') as last_contact,
    p.withheld_reason = '' as is_contactable,
    count(*) over () as people,
    count(case when p.withheld_reason = 'no_consent' then 1 end) over () as no_consent,
    count(case when p.withheld_reason = 'do_not_contact' then 1 end) over () as do_not_contact,
    count(case when p.withheld_reason = 'minor' then 1 end) over () as minor,
    count(case when p.withheld_reason = 'contact_cap' then 1 end) over () as contact_cap,
    count(case when p.withheld_reason = 'no_friend' then 1 end) over () as no_friend
from firsts f
join latest l using (patient_id, line_code)
join dim_patients p on p.patient_id = f.patient_id
where strftime(f.cohort_month, '%Y-%m') = $cohort
    and not exists (select 1 from bought n where n.patient_id = f.patient_id and n.line_code = f.line_code and n.months_since = try_cast($after as int))
order by is_contactable desc, l.last_fill, f.patient_id, f.line_code
limit $limit offset $offset
