-- Every key of a person that occurs by the business day, as the person of an event or at the other end of a
-- link, and when it was first and last seen.
-- grain: patient_key
-- inputs: stg_chats__messages, stg_prescriptions__items, stg_activities__events, stg_measurements__readings,
--    stg_chats__findings,
--    stg_identity__links
with seen as (
    select patient_key, event_at from stg_chats__messages
    union all
    select patient_key, event_at from stg_prescriptions__items
    union all
    select patient_key, event_at from stg_activities__events
    union all
    select patient_key, event_at from stg_measurements__readings
    union all
    select patient_key, event_at from stg_chats__findings
    union all
    select patient_key, first_seen_at as event_at from stg_identity__links
    union all
    select patient_key, last_seen_at as event_at from stg_identity__links
    union all
    select linked_key as patient_key, first_seen_at as event_at from stg_identity__links
    union all
    select linked_key as patient_key, last_seen_at as event_at from stg_identity__links
)

select
    patient_key,
    min(event_at) as first_seen_at,
    max(event_at) as last_seen_at
from seen
where patient_key <> ''
group by patient_key
