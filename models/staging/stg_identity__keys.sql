-- Every key of a person that occurs in the lake by the business day, and when it was first and last seen.
-- grain: patient_key
-- inputs: lake.chats, lake.prescriptions, lake.activities, lake.measurements, lake.findings, lake.links, ref.settings
with seen as (
    select patient_key, event_at from lake.chats
    union all
    select patient_key, event_at from lake.prescriptions
    union all
    select patient_key, event_at from lake.activities
    union all
    select patient_key, event_at from lake.measurements
    union all
    select patient_key, event_at from lake.findings
    union all
    select patient_key, event_at from lake.links
    union all
    select linked_key as patient_key, event_at from lake.links
)

select
    k.patient_key,
    min(k.event_at) as first_seen_at,
    max(k.event_at) as last_seen_at
from seen as k
join ref.settings as s on k.event_at < day_end(s.as_of)
where k.patient_key <> ''
group by k.patient_key
