-- Activities up to the business day, each once: of a repeated event the first record stays.
-- grain: source, event_id
-- inputs: lake.activities, ref.settings
-- by: patient_key
-- first: topic, partition, "offset"
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
from lake.activities as a
join ref.settings as s on a.event_at < day_end(s.as_of)
qualify row_number() over (partition by a.source, a.event_id order by a.topic, a.partition, a."offset") = 1
