-- Open alerts, one row for each person and kind: the most severe and longest open first.
-- $line, $owner, $severity, $alert: filters, '' for all; $limit, $offset: the part
select
    f.patient_id,
    f.severity,
    f.alert_code as alert,
    cast(f.since_date as varchar) as since_day,
    cast(b.as_of - f.since_date as varchar) as days_since,
    p.line_code as line,
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
from fct_alerts f
join dim_patients p using (patient_id)
cross join meta.builds b
where ($line = '' or p.line_code = $line) and ($owner = '' or p.owner_staff_id = $owner)
    and ($severity = '' or f.severity = $severity) and ($alert = '' or f.alert_code = $alert)
order by case f.severity when 'high' then 1 when 'medium' then 2 else 3 end, f.since_date, f.patient_id, f.alert_code
limit $limit offset $offset
