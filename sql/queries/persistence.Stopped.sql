-- People who stopped, for a month of the curve or a reason: those who may be contacted first, newest stops first.
-- $line, $class, $month (30-day stretches from the first fill), $reason: filters, '' for all; $grace: permissible gap
-- in days; $from, $to: first and last day of the first fill; $limit, $offset: the part
select
    f.patient_id,
    f.line_code as line,
    coalesce(p.stage_code, '') as stage,
    coalesce(p.owner_staff_id, '') as owner,
    cast(f.end_date as varchar) as stopped_on,
    cast(f.time_days as varchar) as time_days,
    f.stop_reason as reason,
    coalesce(cast(f.restart_date as varchar), '') as restarted_on,
    coalesce(strftime(timezone('Asia/Shanghai', p.last_contact_at), '%Y-%m-%d'), '') as last_contact,
    p.withheld_reason = '' as is_contactable,
    count(*) over () as people,
    count(case when p.withheld_reason = 'no_consent' then 1 end) over () as no_consent,
    count(case when p.withheld_reason = 'do_not_contact' then 1 end) over () as do_not_contact,
    count(case when p.withheld_reason = 'minor' then 1 end) over () as minor,
    count(case when p.withheld_reason = 'contact_cap' then 1 end) over () as contact_cap,
    count(case when p.withheld_reason = 'no_friend' then 1 end) over () as no_friend
from fct_persistence f
join dim_patients p using (patient_id)
where f.is_stopped and f.grace_days = cast($grace as int) and ($line = '' or f.line_code = $line) and f.drug_class_code = $class
    and f.index_date between cast($from as date) and cast($to as date)
    and ($month = '' or f.time_days // 30 = try_cast($month as int)) and ($reason = '' or f.stop_reason = $reason)
order by is_contactable desc, f.end_date desc, f.patient_id, f.line_code
limit $limit offset $offset
