-- People whose first prescription is not filled: those who may be contacted first, newest prescription first.
-- $status: pending or abandoned; $line: filter, '' for all; $from, $to: first and last day of the prescription; $limit, $offset: the part
select
    f.patient_id,
    f.status as fill_status,
    cast(f.prescribed_date as varchar) as prescribed_on,
    cast(f.time_days as varchar) as days_since,
    f.line_code as line,
    coalesce(p.stage_code, '') as stage,
    coalesce(p.owner_staff_id, '') as owner,
    coalesce(strftime(timezone('Asia/Shanghai', p.last_contact_at), '%Y-%m-%d'), '') as last_contact,
    p.withheld_reason = '' as is_contactable,
    count(*) over () as people,
    count(case when p.withheld_reason = 'no_consent' then 1 end) over () as no_consent,
    count(case when p.withheld_reason = 'do_not_contact' then 1 end) over () as do_not_contact,
    count(case when p.withheld_reason = 'minor' then 1 end) over () as minor,
    count(case when p.withheld_reason = 'contact_cap' then 1 end) over () as contact_cap,
    count(case when p.withheld_reason = 'no_friend' then 1 end) over () as no_friend
from fct_first_fills f
join dim_patients p using (patient_id)
where f.status = $status and ($line = '' or f.line_code = $line) and f.prescribed_date between cast($from as date) and cast($to as date)
order by is_contactable desc, f.prescribed_date desc, f.patient_id, f.line_code
limit $limit offset $offset
