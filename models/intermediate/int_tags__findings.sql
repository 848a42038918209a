-- Tags from text by the rules of tag_concepts: enough findings, on enough days, inside the window of the rule. What is said
-- is less sure than what a form states (0.9): one mention may be a slip of the rule, several rarely are.
-- grain: patient_id, tag_id
-- inputs: int_tags__matches
-- by: patient_id
select
    patient_id,
    tag_id,
    min(event_date) as valid_from,
    max(event_date) as last_date,
    count(distinct source || ' ' || event_id) as evidence_count,
    max_by(event_id, (event_at, event_id)) as last_event_id,
    round(0.9 * (1 - pow(0.2, count(distinct source || ' ' || event_id))), 3) as confidence
from int_tags__matches
where is_recent
group by patient_id, tag_id
having count(distinct source || ' ' || event_id) >= min(min_count) and count(distinct event_date) >= min(min_days)
