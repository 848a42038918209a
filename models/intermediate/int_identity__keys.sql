-- Every key of a person that occurs by the business day, as the person of an event or at the other end of a
-- link: its number in the order of the keys, its kind (empty when no link tells it), and when it was first and
-- last seen. has_events is false for keys that only links mention.
-- grain: patient_key
-- inputs: stg_chats__messages, stg_prescriptions__items, stg_activities__events, stg_measurements__readings,
--    stg_chats__findings, stg_identity__links
with seen as (
    select patient_key, event_at, '' as kind, true as has_events from stg_chats__messages
    union all
    select patient_key, event_at, '' as kind, true as has_events from stg_prescriptions__items
    union all
    select patient_key, event_at, '' as kind, true as has_events from stg_activities__events
    union all
    select patient_key, event_at, '' as kind, true as has_events from stg_measurements__readings
    union all
    select patient_key, event_at, '' as kind, true as has_events from stg_chats__findings
    union all
    select patient_key, first_seen_at as event_at, kind, false as has_events from stg_identity__links
    union all
    select patient_key, last_seen_at as event_at, kind, false as has_events from stg_identity__links
    union all
    select linked_key as patient_key, first_seen_at as event_at, linked_kind as kind, false as has_events from stg_identity__links
    union all
    select linked_key as patient_key, last_seen_at as event_at, linked_kind as kind, false as has_events from stg_identity__links
),

keys as (
    select
        patient_key,
        max(kind) as kind,
        bool_or(has_events) as has_events,
        min(event_at) as first_seen_at,
        max(event_at) as last_seen_at
    from seen
    where patient_key <> ''
    group by patient_key
)

select
    patient_key,
    row_number() over (order by patient_key) as key_no,
    kind,
    has_events,
    first_seen_at,
    last_seen_at
from keys
