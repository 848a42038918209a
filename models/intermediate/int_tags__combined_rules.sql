-- Tags by the rules of tag_rules that look at other tags, beside other conditions: a condition on a tag holds when
-- the patient has one of the tags that it names, of those that rest on facts.
-- grain: patient_id, tag_id
-- inputs: int_tags__conditions, int_tags__facts, ref.tag_rules, ref.settings
with rules as (
    select
        tag_id,
        count(*) filter (where role = 'all') as all_count,
        count(*) filter (where role = 'any') as any_count
    from ref.tag_rules
    group by tag_id
    having count(*) filter (where source = 'tag') > 0
),

named as (
    select tag_id, rule_no, role, unnest(string_split(name, '|')) as name
    from ref.tag_rules
    where source = 'tag'
),

conditions as (
    select patient_id, tag_id, rule_no, role, evidence_count, last_event_id
    from int_tags__conditions
    union all
    select
        f.patient_id,
        n.tag_id,
        n.rule_no,
        any_value(n.role) as role,
        1 as evidence_count,
        max(f.last_event_id) as last_event_id
    from int_tags__facts as f
    join named as n on n.name = f.tag_id
    group by f.patient_id, n.tag_id, n.rule_no
),

held as (
    select
        patient_id,
        tag_id,
        count(*) filter (where role = 'all') as all_count,
        count(*) filter (where role = 'any') as any_count,
        count(*) filter (where role = 'none') as none_count,
        sum(evidence_count) as evidence_count,
        max(last_event_id) as last_event_id
    from conditions
    group by patient_id, tag_id
)

select
    h.patient_id,
    h.tag_id,
    s.as_of as valid_from,
    s.as_of as last_date,
    h.evidence_count,
    h.last_event_id,
    1.0 as confidence
from held as h
join rules as r on r.tag_id = h.tag_id
cross join ref.settings as s
where h.all_count = r.all_count and (r.any_count = 0 or h.any_count > 0) and h.none_count = 0
