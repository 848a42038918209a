-- Tags that rest on facts and text, one row for every patient and tag: what several models say of one tag
-- is added up. rule_id names the file of the rule: tag_concepts, tag_rules or a model. A text alone does not give a tag
-- whose conditions (source text) ask for more. What rests on a state and not on events has the last_date 9999-12-31: it holds as long as
-- the state does.
-- grain: patient_id, tag_id
-- inputs: int_tags__adherence, int_tags__attributes, int_tags__blood_pressure, int_tags__chats, int_tags__comorbidities, int_tags__contents,
--    int_tags__consents, int_tags__diagnoses, int_tags__engagement, int_tags__findings,
--    int_tags__first_fills, int_tags__glucose, int_tags__measurements, int_tags__prescriptions,
--    int_tags__profile, int_tags__reviews, int_tags__rules, int_tags__services, int_tags__treatments, int_tags__values,
--    ref.tag_rules
-- by: patient_id
with given as (
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id, confidence, 'int_tags__adherence' as rule_id from int_tags__adherence
    union all
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id, confidence, 'int_tags__attributes' as rule_id from int_tags__attributes
    union all
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id, confidence, 'int_tags__blood_pressure' as rule_id from int_tags__blood_pressure
    union all
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id, confidence, 'int_tags__chats' as rule_id from int_tags__chats
    union all
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id, confidence, 'int_tags__comorbidities' as rule_id from int_tags__comorbidities
    union all
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id, confidence, 'int_tags__consents' as rule_id from int_tags__consents
    union all
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id, confidence, 'int_tags__contents' as rule_id from int_tags__contents
    union all
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id, confidence, 'int_tags__diagnoses' as rule_id from int_tags__diagnoses
    union all
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id, confidence, 'int_tags__engagement' as rule_id from int_tags__engagement
    union all
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id, confidence, 'tag_concepts' as rule_id from int_tags__findings
    where tag_id not in (select tag_id from ref.tag_rules where source = 'text')
    union all
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id, confidence, 'int_tags__first_fills' as rule_id from int_tags__first_fills
    union all
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id, confidence, 'int_tags__glucose' as rule_id from int_tags__glucose
    union all
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id, confidence, 'int_tags__measurements' as rule_id from int_tags__measurements
    union all
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id, confidence, 'int_tags__prescriptions' as rule_id from int_tags__prescriptions
    union all
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id, confidence, 'int_tags__profile' as rule_id from int_tags__profile
    union all
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id, confidence, 'tag_rules' as rule_id from int_tags__rules
    union all
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id, confidence, 'int_tags__reviews' as rule_id from int_tags__reviews
    union all
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id, confidence, 'int_tags__services' as rule_id from int_tags__services
    union all
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id, confidence, 'int_tags__treatments' as rule_id from int_tags__treatments
    union all
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id, confidence, 'int_tags__values' as rule_id from int_tags__values
),

-- Few tags are said twice; only those are added up.
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
