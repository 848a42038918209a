-- Numbers with units up to the business day, each once: of a repeated event the first record stays.
-- grain: source, event_id, ordinal
-- inputs: lake.measurements, ref.settings
-- by: patient_key
-- first: topic, partition, "offset"
with repeated as (
    select hash(m.source, m.event_id, m.ordinal) as grain
    from lake.measurements as m
    join ref.settings as s on m.event_at < day_end(s.as_of)
    group by hash(m.source, m.event_id, m.ordinal)
    having count(*) > 1
),

-- Only what is repeated is put in order, found by a hash of its grain; nearly everything goes past.
once as (
    select m.*
    from lake.measurements as m
    join ref.settings as s on m.event_at < day_end(s.as_of)
    anti join repeated as r on r.grain = hash(m.source, m.event_id, m.ordinal)
    union all
    select m.*
    from lake.measurements as m
    join ref.settings as s on m.event_at < day_end(s.as_of)
    semi join repeated as r on r.grain = hash(m.source, m.event_id, m.ordinal)
    qualify row_number() over (partition by m.source, m.event_id, m.ordinal order by m.topic, m.partition, m."offset") = 1
)

-- Rows of one key stand together: joins and groups by person then find their neighbours in the cache.
select
    m.source,
    m.event_id,
    m.ordinal,
    m.topic,
    m.partition,
    m."offset",
    m.event_at,
    local_date(m.event_at) as event_date,
    m.patient_key,
    m.line_code,
    m.kind,
    m.value,
    m.unit,
    m.context,
    m.via
from once as m
order by m.patient_key
