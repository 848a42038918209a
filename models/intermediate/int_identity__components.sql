-- Which keys are one person: connected components over the links that are used, except where a component
-- holds several people. A patient is the smallest of their keys. A key that only links mention and that belongs to
-- nobody (a shared phone, a staff tablet) has no row.
-- grain: patient_key
-- inputs: int_identity__keys, int_identity__groups, int_identity__disputes
-- compared: patient_id
with placed as (
    select
        k.patient_key,
        k.kind,
        k.first_seen_at,
        k.last_seen_at,
        coalesce(d.patient_no, g.group_no, k.key_no) as patient_no
    from int_identity__keys as k
    left join int_identity__groups as g on g.key_no = k.key_no
    left join int_identity__disputes as d on d.key_no = k.key_no
    where coalesce(d.has_events, k.has_events or g.key_no is not null)
)

select
    p.patient_key,
    s.patient_key as patient_id,
    p.kind,
    p.first_seen_at,
    p.last_seen_at
from placed as p
join int_identity__keys as s on s.key_no = p.patient_no
