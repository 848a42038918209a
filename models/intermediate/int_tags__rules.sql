-- Tags by the rules of tag_rules that look at no other tag: all conditions with role all, one part with role any if there
-- is one, none with role none. The first and last day of the conditions that hold are those of the tag, and it is as sure as
-- the least sure of them.
-- grain: patient_id, tag_id
-- inputs: int_tags__conditions, ref.tag_rules
-- by: patient_id
with parts as (
    select tag_id, case role when 'any' then 'any ' || rule_no else role end as part, count(*) as condition_count
    from ref.tag_rules
    group by tag_id, case role when 'any' then 'any ' || rule_no else role end
    having tag_id not in (select tag_id from ref.tag_rules where source = 'tag')
),

held as (
    select
        c.patient_id,
        c.tag_id,
        c.part,
        min(c.valid_from) as valid_from,
        max(c.last_date) as last_date,
        sum(c.evidence_count) as evidence_count,
        max_by(c.last_event_id, (c.last_date, c.last_event_id)) as last_event_id,
        min(c.confidence) as confidence
    from int_tags__conditions as c
    join parts as p on p.tag_id = c.tag_id and p.part = c.part
    group by c.patient_id, c.tag_id, c.part
    having count(*) = any_value(p.condition_count) or c.part = 'none'
)

select
    h.patient_id,
    h.tag_id,
    min(h.valid_from) as valid_from,
    max(h.last_date) as last_date,
    sum(h.evidence_count) as evidence_count,
    max_by(h.last_event_id, (h.last_date, h.last_event_id)) as last_event_id,
    min(h.confidence) as confidence
from held as h
join (
    select tag_id, bool_or(part = 'all') as has_all, bool_or(starts_with(part, 'any')) as has_any
    from parts
    group by tag_id
) as r on r.tag_id = h.tag_id
group by h.patient_id, h.tag_id, r.has_all, r.has_any
having bool_or(h.part = 'all') = r.has_all and bool_or(starts_with(h.part, 'any')) = r.has_any and not bool_or(h.part = 'none')
