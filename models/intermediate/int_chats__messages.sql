-- Messages with the person they belong to. A message that was withdrawn keeps its place and loses its text.
-- grain: source, event_id
-- inputs: stg_chats__messages, int_chats__withdrawn, int_identity__components
-- by: patient_id
-- view: its columns stand in staging
select
    k.patient_id,
    m.source,
    m.event_id,
    m."offset",
    m.event_at,
    m.event_date,
    m.line_code,
    m.speaker,
    m.staff_id,
    m.room_key,
    m.msg_type,
    case when w.event_id is null then m.text else '' end as text,
    w.event_id is not null as is_withdrawn
from stg_chats__messages as m
join int_identity__components as k on k.patient_key = m.patient_key
left join int_chats__withdrawn as w on w.source = m.source and w.event_id = m.event_id
