-- Messages as the lake has them up to the business day, each once: of a repeated event the first record stays.
-- grain: source, event_id
-- inputs: lake.chats, ref.settings
-- by: patient_key
-- first: topic, partition, "offset"
with repeated as (
    select hash(c.source, c.event_id) as grain
    from lake.chats as c
    join ref.settings as s on c.event_at < day_end(s.as_of)
    group by hash(c.source, c.event_id)
    having count(*) > 1
),

-- Only what is repeated is put in order, found by a hash of its grain; nearly everything goes past.
once as (
    select c.*
    from lake.chats as c
    join ref.settings as s on c.event_at < day_end(s.as_of)
    anti join repeated as r on r.grain = hash(c.source, c.event_id)
    union all
    select c.*
    from lake.chats as c
    join ref.settings as s on c.event_at < day_end(s.as_of)
    semi join repeated as r on r.grain = hash(c.source, c.event_id)
    qualify row_number() over (partition by c.source, c.event_id order by c.topic, c.partition, c."offset") = 1
)

-- Rows of one key stand together: joins and groups by person then find their neighbours in the cache.
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
from once as c
order by c.patient_key
