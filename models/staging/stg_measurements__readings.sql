-- Numbers with units up to the business day, each once: of a repeated event the first record stays.
-- grain: source, event_id, ordinal
-- inputs: lake.measurements, ref.settings
-- by: patient_key
-- first: topic, partition, "offset"
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
from lake.measurements as m
join ref.settings as s on m.event_at < day_end(s.as_of)
qualify row_number() over (partition by m.source, m.event_id, m.ordinal order by m.topic, m.partition, m."offset") = 1
