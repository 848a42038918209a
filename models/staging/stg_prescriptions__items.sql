-- Drug lines of prescription events up to the business day, each once: of a repeated event the first record stays.
-- grain: source, event_id, ordinal
-- inputs: lake.prescriptions, ref.settings
-- by: patient_key
-- first: topic, partition, "offset"
with repeated as (
    select hash(p.source, p.event_id, p.ordinal) as grain
    from lake.prescriptions as p
    join ref.settings as s on p.event_at < day_end(s.as_of)
    group by hash(p.source, p.event_id, p.ordinal)
    having count(*) > 1
),

-- Only what is repeated is put in order, found by a hash of its grain; nearly everything goes past.
once as (
    select p.*
    from lake.prescriptions as p
    join ref.settings as s on p.event_at < day_end(s.as_of)
    anti join repeated as r on r.grain = hash(p.source, p.event_id, p.ordinal)
    union all
    select p.*
    from lake.prescriptions as p
    join ref.settings as s on p.event_at < day_end(s.as_of)
    semi join repeated as r on r.grain = hash(p.source, p.event_id, p.ordinal)
    qualify row_number() over (partition by p.source, p.event_id, p.ordinal order by p.topic, p.partition, p."offset") = 1
)

-- Rows of one key stand together: joins and groups by person then find their neighbours in the cache.
select
    p.source,
    p.event_id,
    p.ordinal,
    p.topic,
    p.partition,
    p."offset",
    p.event_at,
    local_date(p.event_at) as event_date,
    p.patient_key,
    p.line_code,
    p.event_type,
    p.claim_id,
    p.order_id,
    p.rx_id,
    p.channel,
    p.staff_id,
    p.sku,
    p.drug_code,
    p.drug_name,
    p.quantity,
    p.days_supply,
    p.daily_dose,
    p.amount_fen,
    p.icd10_codes
from once as p
order by p.patient_key
