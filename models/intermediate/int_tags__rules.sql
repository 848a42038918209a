-- Tags by the rules of tag_rules that look at no other tag: all conditions with role all, one with role any if
-- there is one, none with role none. The first and last day of the conditions that hold are those of the tag.
-- grain: patient_id, tag_id
-- inputs: int_tags__conditions, ref.tag_rules
with rules as (
    select
        tag_id,
        count(*) filter (where role = 'all') as all_count,
        count(*) filter (where role = 'any') as any_count
    from ref.tag_rules
    group by tag_id
    having count(*) filter (where source = 'tag') = 0
),

held as (
    select
        patient_id,
        tag_id,
        count(*) filter (where role = 'all') as all_count,
        count(*) filter (where role = 'any') as any_count,
        count(*) filter (where role = 'none') as none_count,
        min(valid_from) as valid_from,
        max(last_date) as last_date,
        sum(evidence_count) as evidence_count,
        max_by(last_event_id, (last_date, last_event_id)) as last_event_id
    from int_tags__conditions
    group by patient_id, tag_id
)

select
    h.patient_id,
    h.tag_id,
    h.valid_from,
    h.last_date,
    h.evidence_count,
    h.last_event_id,
    1.0 as confidence
from held as h
join rules as r on r.tag_id = h.tag_id
where h.all_count = r.all_count and (r.any_count = 0 or h.any_count > 0) and h.none_count = 0
