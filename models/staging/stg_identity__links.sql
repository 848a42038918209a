-- Pairs of keys that events say belong to one person, known by the business day, each pair once, the smaller
-- key first, with the kinds of both, the sources that say so and how sure the link is. One proof by a unionid
-- or a phone is 0.95 sure, any other 0.9; each further event takes away nine tenths of the doubt or more.
-- grain: patient_key, linked_key
-- inputs: lake.links, ref.settings
-- compared: patient_key, linked_key
with links as (
    select
        least(l.patient_key, l.linked_key) as patient_key,
        greatest(l.patient_key, l.linked_key) as linked_key,
        case when l.patient_key < l.linked_key then l.kind else l.linked_kind end as kind,
        case when l.patient_key < l.linked_key then l.linked_kind else l.kind end as linked_kind,
        l.event_at,
        l.event_id,
        l.source
    from lake.links as l
    join ref.settings as s on l.event_at < day_end(s.as_of)
    where l.patient_key <> '' and l.linked_key <> '' and l.patient_key <> l.linked_key
),

pairs as (
    select
        patient_key,
        linked_key,
        max(kind) as kind,
        max(linked_kind) as linked_kind,
        min(event_at) as first_seen_at,
        max(event_at) as last_seen_at,
        count(distinct event_id) as evidence_count,
        string_agg(distinct source, ';' order by source) as sources
    from links
    group by patient_key, linked_key
)

select
    patient_key,
    linked_key,
    kind,
    linked_kind,
    first_seen_at,
    last_seen_at,
    evidence_count,
    sources,
    1 - pow(case when kind in ('unionid', 'phone') or linked_kind in ('unionid', 'phone') then 0.05 else 0.1 end,
        least(evidence_count, 4)) as confidence
from pairs
