-- All tags before exclusive groups and expiry: those that rest on facts and those that combine others.
-- grain: patient_id, tag_id
-- inputs: int_tags__facts, int_tags__combined, int_tags__combined_rules
-- by: patient_id
-- view: nearly all of it stands in int_tags__facts
with combined as (
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id, confidence, 'int_tags__combined' as rule_id
    from int_tags__combined
    union all
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id, confidence, 'tag_rules' as rule_id
    from int_tags__combined_rules
),

-- Only tags that combine others can be in both.
given as (
    select * from combined
    union all
    select f.patient_id, f.tag_id, f.valid_from, f.last_date, f.evidence_count, f.last_event_id, f.confidence, f.rule_id
    from int_tags__facts as f
    semi join combined as c on c.patient_id = f.patient_id and c.tag_id = f.tag_id
)

select
    f.patient_id,
    f.tag_id,
    f.valid_from,
    f.last_date,
    cast(f.evidence_count as bigint) as evidence_count,
    f.last_event_id,
    f.confidence,
    f.rule_id
from int_tags__facts as f
anti join combined as c on c.patient_id = f.patient_id and c.tag_id = f.tag_id
union all
select
    patient_id,
    tag_id,
    min(valid_from) as valid_from,
    max(last_date) as last_date,
    cast(sum(evidence_count) as bigint) as evidence_count,
    max_by(last_event_id, (last_date, last_event_id)) as last_event_id,
    max(confidence) as confidence,
    string_agg(distinct rule_id, ';' order by rule_id) as rule_id
from given
group by patient_id, tag_id
