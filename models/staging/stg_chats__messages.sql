-- Messages as the lake has them up to the business day, each once: of a repeated event the first record stays.
-- grain: source, event_id
-- inputs: lake.chats, ref.settings
-- by: patient_key
-- first: topic, partition, "offset"
select
    c.source,
    c.event_id,
    c.topic,
    c.partition,
    c."offset",
    c.event_at,
    local_date(c.event_at) as event_date,
    c.patient_key,
    c.line_code,
    c.speaker,
    c.staff_id,
    c.room_key,
    c.msg_type,
    c.text,
    c.recalls
from lake.chats as c
join ref.settings as s on c.event_at < day_end(s.as_of)
qualify row_number() over (partition by c.source, c.event_id order by c.topic, c.partition, c."offset") = 1
