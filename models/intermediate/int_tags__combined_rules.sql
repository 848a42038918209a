-- Tags by the rules of tag_rules that look at other tags, beside other conditions: a condition on a tag holds when the
-- patient has min_count of the tags that it names, with evidence of its window, of those that hold on the business day. The
-- tag is as sure as the least sure of what it rests on, and holds since the last of it.
-- grain: patient_id, tag_id
-- inputs: int_tags__conditions, int_tags__current, ref.tag_rules, ref.settings
-- by: patient_id
with rules as (
    select tag_id, rule_no, source, window_days, min_count, name, case role when 'any' then 'any ' || rule_no else role end as part
    from ref.tag_rules
    where tag_id in (select tag_id from ref.tag_rules where source = 'tag')
),

parts as (
    select tag_id, part, count(*) as condition_count
    from rules
    group by tag_id, part
),

named as (
    select tag_id, rule_no, part, window_days, min_count, unnest(string_split(name, '|')) as name
    from rules
    where source = 'tag'
),

conditions as (
    select c.patient_id, c.tag_id, c.rule_no, c.part, c.valid_from, c.last_date, c.evidence_count, c.last_event_id, c.confidence
    from int_tags__conditions as c
    union all
    select
        f.patient_id,
        n.tag_id,
        n.rule_no,
        n.part,
        case when max(n.min_count) > 1 then max(f.valid_from) else min(f.valid_from) end as valid_from,
        max(f.last_date) as last_date,
        sum(f.evidence_count) as evidence_count,
        max_by(f.last_event_id, (f.last_date, f.last_event_id)) as last_event_id,
        max(f.confidence) as confidence
    from int_tags__current as f
    cross join ref.settings as s
    join named as n on n.name = f.tag_id and (n.window_days = 0 or f.last_date > s.as_of - n.window_days)
    group by f.patient_id, n.tag_id, n.rule_no, n.part
    having count(*) >= max(n.min_count)
),

held as (
    select
        c.patient_id,
        c.tag_id,
        c.part,
        sum(c.evidence_count) as evidence_count,
        max_by(c.last_event_id, (c.last_date, c.last_event_id)) as last_event_id,
        max(c.valid_from) as valid_from,
        max(c.last_date) as last_date,
        min(c.confidence) as confidence
    from conditions as c
    join parts as p on p.tag_id = c.tag_id and p.part = c.part
    group by c.patient_id, c.tag_id, c.part
    having count(*) = any_value(p.condition_count) or c.part = 'none'
)

select
    h.patient_id,
    h.tag_id,
    max(h.valid_from) as valid_from,
    date '9999-12-31' as last_date,
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
