-- The newest record of consent of a patient for each purpose.
-- grain: patient_id, purpose
-- inputs: int_activities__events
select
    patient_id,
    coalesce(nullif(lower(json_extract_string(attributes, '$.purpose')), ''), 'service') as purpose,
    max_by(lower(json_extract_string(attributes, '$.granted')) = 'true', (event_at, event_id)) as is_granted,
    max(event_date) as event_date,
    max_by(event_id, (event_at, event_id)) as event_id,
    count(*) as record_count
from int_activities__events
where activity_type = 'consent' and json_extract_string(attributes, '$.granted') is not null
group by patient_id, coalesce(nullif(lower(json_extract_string(attributes, '$.purpose')), ''), 'service')
