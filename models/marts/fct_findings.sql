-- Concepts that messages mention, and bare answers of patients to a question of the care team.
-- grain: source, event_id, ordinal
-- inputs: int_findings__statements, int_findings__answers
-- by: patient_id
-- patient_id: the person
-- event_at: when the message was sent
-- event_id: the message; for an answer the message that answers
-- concept: what is mentioned
-- kind: symptom, drug, reaction, barrier, intent, stage, event, life, relation, need, disease, tag (a label that names one) or label (one of another system)
-- status: present, absent, unknown or asked
-- subject: self or relative
-- speaker: patient, staff or robot
-- mention: the words of the message
-- ordinal: place within the message; from 10001 for answers
-- source: format in which the event came
select
    patient_id,
    event_at,
    event_id,
    concept,
    kind,
    status,
    subject,
    speaker,
    mention,
    ordinal,
    source
from (
    select patient_id, event_at, event_id, concept, kind, status, subject, speaker, mention, ordinal, source
    from int_findings__statements
    union all
    select patient_id, event_at, event_id, concept, kind, status, subject, speaker, mention, ordinal, source
    from int_findings__answers
)
order by patient_id, event_at
