-- All tags before exclusive groups and expiry: those that rest on facts and those that combine others.
-- grain: patient_id, tag_id
-- inputs: int_tags__facts, int_tags__combined, int_tags__combined_rules
-- by: patient_id
with given as (
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id, confidence, rule_id from int_tags__facts
    union all
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id, confidence, 'int_tags__combined' as rule_id
    from int_tags__combined
    union all
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id, confidence, 'tag_rules' as rule_id
    from int_tags__combined_rules
),

-- Few tags combine others as well; only those are added up.
repeated as (
    select patient_id, tag_id
    from given
    group by patient_id, tag_id
    having count(*) > 1
)

select
    g.patient_id,
    g.tag_id,
    g.valid_from,
    g.last_date,
    cast(g.evidence_count as bigint) as evidence_count,
    g.last_event_id,
    g.confidence,
    g.rule_id
from given as g
anti join repeated as r on r.patient_id = g.patient_id and r.tag_id = g.tag_id
union all
select
    g.patient_id,
    g.tag_id,
    min(g.valid_from) as valid_from,
    max(g.last_date) as last_date,
    cast(sum(g.evidence_count) as bigint) as evidence_count,
    max_by(g.last_event_id, (g.last_date, g.last_event_id)) as last_event_id,
    max(g.confidence) as confidence,
    string_agg(distinct g.rule_id, ';' order by g.rule_id) as rule_id
from given as g
semi join repeated as r on r.patient_id = g.patient_id and r.tag_id = g.tag_id
group by g.patient_id, g.tag_id
