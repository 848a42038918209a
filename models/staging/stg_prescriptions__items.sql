-- Drug lines of prescription events up to the business day, each once: of a repeated event the first record stays.
-- grain: source, event_id, ordinal
-- inputs: lake.prescriptions, ref.settings
-- by: patient_key
-- first: topic, partition, "offset"
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
from lake.prescriptions as p
join ref.settings as s on p.event_at < day_end(s.as_of)
qualify row_number() over (partition by p.source, p.event_id, p.ordinal order by p.topic, p.partition, p."offset") = 1
