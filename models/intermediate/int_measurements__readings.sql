-- Numbers with units and the person they belong to. Readings of withdrawn messages are left out.
-- grain: source, event_id, ordinal
-- inputs: stg_measurements__readings, int_chats__withdrawn, int_identity__components
-- by: patient_id
-- view: its columns stand in staging
select
    k.patient_id,
    m.source,
    m.event_id,
    m.ordinal,
    m.event_at,
    m.event_date,
    m.line_code,
    m.kind,
    m.value,
    m.unit,
    m.context,
    m.via
from stg_measurements__readings as m
join int_identity__components as k on k.patient_key = m.patient_key
anti join int_chats__withdrawn as w on w.source = m.source and w.event_id = m.event_id and w.patient_id = k.patient_id
