-- The newest record of consent of a patient for each purpose. One that was granted until a day (due_at) and ran out before
-- the business day is no record any more.
-- grain: patient_id, purpose
-- inputs: int_activities__events, ref.settings
-- by: patient_id
-- due: select patient_id from int_activities__events
--    where activity_type = 'consent' and try_cast(left(json_extract_string(attributes, '$.due_at'), 10) as date) between $last and $day
with newest as (
    select
        patient_id,
        coalesce(nullif(lower(json_extract_string(attributes, '$.purpose')), ''), 'service') as purpose,
        max_by(lower(json_extract_string(attributes, '$.granted')) = 'true', (event_at, event_id)) as is_granted,
        max(event_date) as event_date,
        max_by(event_id, (event_at, event_id)) as event_id,
        max_by(coalesce(json_extract_string(attributes, '$.due_at'), ''), (event_at, event_id)) as due_at,
        count(*) as record_count
    from int_activities__events
    where activity_type = 'consent' and json_extract_string(attributes, '$.granted') is not null
    group by patient_id, coalesce(nullif(lower(json_extract_string(attributes, '$.purpose')), ''), 'service')
)

select n.patient_id, n.purpose, n.is_granted, n.event_date, n.event_id, n.record_count
from newest as n
join ref.settings as s on not n.is_granted or coalesce(try_cast(left(n.due_at, 10) as date) >= s.as_of, true)
