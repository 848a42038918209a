-- Concepts that messages mention up to the business day, each once: of a repeated event the first record stays.
-- grain: source, event_id, ordinal
-- inputs: lake.findings, ref.settings
-- by: patient_key
-- first: topic, partition, "offset"
with repeated as (
    select hash(f.source, f.event_id, f.ordinal) as grain
    from lake.findings as f
    join ref.settings as s on f.event_at < day_end(s.as_of)
    group by hash(f.source, f.event_id, f.ordinal)
    having count(*) > 1
),

-- Only what is repeated is put in order, found by a hash of its grain; nearly everything goes past.
once as (
    select f.*
    from lake.findings as f
    join ref.settings as s on f.event_at < day_end(s.as_of)
    anti join repeated as r on r.grain = hash(f.source, f.event_id, f.ordinal)
    union all
    select f.*
    from lake.findings as f
    join ref.settings as s on f.event_at < day_end(s.as_of)
    semi join repeated as r on r.grain = hash(f.source, f.event_id, f.ordinal)
    qualify row_number() over (partition by f.source, f.event_id, f.ordinal order by f.topic, f.partition, f."offset") = 1
)

-- Rows of one key stand together: joins and groups by person then find their neighbours in the cache.
select
    f.source,
    f.event_id,
    f.ordinal,
    f.topic,
    f.partition,
    f."offset",
    f.event_at,
    local_date(f.event_at) as event_date,
    f.patient_key,
    f.line_code,
    f.concept,
    f.kind,
    f.status,
    f.subject,
    f.speaker,
    f.mention
from once as f
order by f.patient_key
