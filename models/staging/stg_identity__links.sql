-- Pairs of keys that belong to one person, known by the business day, each pair once, the smaller key first.
-- grain: patient_key, linked_key
-- inputs: lake.links, ref.settings
select
    least(l.patient_key, l.linked_key) as patient_key,
    greatest(l.patient_key, l.linked_key) as linked_key,
    min(l.event_at) as first_seen_at,
    max(l.event_at) as last_seen_at,
    count(*) as evidence_count
from lake.links as l
join ref.settings as s on l.event_at < day_end(s.as_of)
where l.patient_key <> '' and l.linked_key <> '' and l.patient_key <> l.linked_key
group by least(l.patient_key, l.linked_key), greatest(l.patient_key, l.linked_key)
