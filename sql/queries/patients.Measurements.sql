-- The measurements of one person, oldest first.
-- $patient: patient_id
select
    strftime(timezone('Asia/Shanghai', event_at), '%Y-%m-%d %H:%M') as measured_at,
    kind,
    value,
    coalesce(unit, '') as unit,
    coalesce(context, '') as context,
    coalesce(via, '') as via
from fct_measurements
where patient_id = $patient
order by kind, event_at
