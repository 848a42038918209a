-- What messages say, with the person. Findings of withdrawn messages are left out.
-- grain: source, event_id, ordinal
-- inputs: stg_chats__findings, int_chats__withdrawn, int_identity__components
-- by: patient_id
-- view: its columns stand in staging
select
    k.patient_id,
    f.source,
    f.event_id,
    f.ordinal,
    f.event_at,
    f.event_date,
    f.concept,
    f.kind,
    f.status,
    f.subject,
    f.speaker,
    f.mention
from stg_chats__findings as f
join int_identity__components as k on k.patient_key = f.patient_key
anti join int_chats__withdrawn as w on w.source = f.source and w.event_id = f.event_id and w.patient_id = k.patient_id
