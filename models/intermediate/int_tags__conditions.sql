-- Which conditions of tag_rules hold for which patient, except those on other tags. part is what has to hold as a whole:
-- all conditions of role all, each of role any, those of role any:x together, none of role none.
-- grain: patient_id, rule_no
-- inputs: int_tags__fitting, int_tags__findings, ref.tag_rules
-- by: patient_id
with parts as (
    select tag_id, rule_no, name, source, case role when 'any' then 'any ' || rule_no else role end as part
    from ref.tag_rules
),

held as (
    select
        patient_id,
        rule_no,
        min(event_date) as valid_from,
        max(event_date) as last_date,
        count(distinct source || ' ' || origin || ' ' || event_id) as evidence_count,
        max_by(event_id, (event_at, event_id)) as last_event_id,
        case when any_value(source) = 'finding' then round(0.9 * (1 - pow(0.2, count(distinct origin || ' ' || event_id))), 3) else 1 end as confidence
    from int_tags__fitting
    group by patient_id, rule_no
    union all
    select f.patient_id, p.rule_no, f.valid_from, f.last_date, f.evidence_count, f.last_event_id, f.confidence
    from int_tags__findings as f
    join parts as p on p.source = 'text' and p.name = f.tag_id
)

select
    h.patient_id,
    h.rule_no,
    p.tag_id,
    p.part,
    h.valid_from,
    h.last_date,
    h.evidence_count,
    h.last_event_id,
    h.confidence
from held as h
join parts as p on p.rule_no = h.rule_no
