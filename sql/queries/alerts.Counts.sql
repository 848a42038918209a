-- Open alerts by kind and severity, with how long they have been open.
-- $line, $owner: filters, '' for all
select
    f.alert_code,
    f.severity,
    count(*) as alerts,
    count(distinct f.patient_id) as people,
    median(b.as_of - f.since_date) as median_days,
    count(*) filter (where f.since_date <= b.as_of - 7) as over_week,
    count(*) filter (where p.owner_staff_id is null or p.owner_staff_id = '') as unowned
from fct_alerts f
join dim_patients p using (patient_id)
cross join meta.builds b
where ($line = '' or p.line_code = $line) and ($owner = '' or p.owner_staff_id = $owner)
group by f.alert_code, f.severity
order by f.severity, alerts desc, f.alert_code
