-- Every tag that a patient has or had by the evidence that the build knows, also those that ended: their time ran
-- out, or another tag of the group is surer or newer. What was once given and whose evidence is gone (a recalled
-- message) has no row.
-- grain: patient_id, tag_id
-- inputs: int_tags__all, int_tags__findings_history, fct_patient_tags, ref.tags, ref.settings
-- by: patient_id
-- patient_id: the person
-- tag_id: tag of the catalogue
-- valid_from: first day of the evidence
-- valid_to: last day on which it held or will hold without new evidence; empty when it holds until contradicted
-- state: current, expired (its days are over) or replaced (by another tag of its group, or a condition on other tags is not met)
-- evidence_count: events that it rests on
-- last_event_id: newest of these events, empty when it rests on a state and not on an event
-- confidence: 0 to 1; 1 for structured data
-- rule_version: fingerprint of the words of the rule, its group and its days, which changes when they change
with given as (
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id, confidence from int_tags__all
    union all
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id, confidence from int_tags__findings_history
),

joined as (
    select
        patient_id,
        tag_id,
        min(valid_from) as valid_from,
        max(last_date) as last_date,
        max(evidence_count) as evidence_count,
        max_by(last_event_id, (last_date, last_event_id)) as last_event_id,
        max(confidence) as confidence
    from given
    group by patient_id, tag_id
),

dated as (
    select
        j.*,
        case when t.ttl_days > 0 then j.last_date + (t.ttl_days - 1) end as valid_to,
        left(md5(concat_ws('|', t.rule, t.excl_group, t.ttl_days)), 8) as rule_version
    from joined as j
    join ref.tags as t on t.tag_id = j.tag_id
)

select
    d.patient_id,
    d.tag_id,
    d.valid_from,
    d.valid_to,
    case
        when f.patient_id is not null then 'current'
        when d.valid_to < s.as_of then 'expired'
        else 'replaced'
    end as state,
    cast(d.evidence_count as integer) as evidence_count,
    d.last_event_id,
    cast(d.confidence as double) as confidence,
    d.rule_version
from dated as d
cross join ref.settings as s
left join fct_patient_tags as f on f.patient_id = d.patient_id and f.tag_id = d.tag_id
order by d.patient_id, d.tag_id
