-- Activities up to the business day, each once: of a repeated event the first record stays.
-- grain: source, event_id
-- inputs: lake.activities, ref.settings
-- by: patient_key
-- first: topic, partition, "offset"
with repeated as (
    select hash(a.source, a.event_id) as grain
    from lake.activities as a
    join ref.settings as s on a.event_at < day_end(s.as_of)
    group by hash(a.source, a.event_id)
    having count(*) > 1
),

-- Only what is repeated is put in order, found by a hash of its grain; nearly everything goes past.
once as (
    select a.*
    from lake.activities as a
    join ref.settings as s on a.event_at < day_end(s.as_of)
    anti join repeated as r on r.grain = hash(a.source, a.event_id)
    union all
    select a.*
    from lake.activities as a
    join ref.settings as s on a.event_at < day_end(s.as_of)
    semi join repeated as r on r.grain = hash(a.source, a.event_id)
    qualify row_number() over (partition by a.source, a.event_id order by a.topic, a.partition, a."offset") = 1
)

-- Rows of one key stand together: joins and groups by person then find their neighbours in the cache.
select
    a.source,
    a.event_id,
    a.topic,
    a.partition,
    a."offset",
    a.event_at,
    local_date(a.event_at) as event_date,
    a.patient_key,
    a.line_code,
    a.activity_type,
    a.staff_id,
    a.channel,
    a.campaign,
    a.attributes
from once as a
order by a.patient_key
