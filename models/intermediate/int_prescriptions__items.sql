-- Drug lines with the person, the drug and the days of supply that the source or the product table gives:
-- stated days, else packs x days of the pack, else quantity / daily dose; part of a day does not count.
-- A dispense that states its drug and its days is medicine even when no line lists the drug: it is a class of its own.
-- grain: source, event_id, ordinal
-- inputs: stg_prescriptions__items, int_identity__components, ref.products, ref.drugs
-- by: patient_id
with supplied as (
    select
        k.patient_id,
        i.*,
        coalesce(nullif(i.drug_code, ''), p.drug_code, nullif(i.drug_name, ''), '') as known_code,
        coalesce(i.days_supply, i.quantity * p.pack_days, i.quantity / nullif(i.daily_dose, 0)) as supply,
        coalesce(p.max_days, 366) as max_days,
        i.event_type = 'dispensed' and i.days_supply is not null and i.drug_name <> '' as is_stated
    from stg_prescriptions__items as i
    join int_identity__components as k on k.patient_key = i.patient_key
    left join ref.products as p on p.sku = i.sku and i.sku <> ''
)

select
    s.patient_id,
    s.source,
    s.event_id,
    s.ordinal,
    s.topic,
    s.partition,
    s."offset",
    s.event_at,
    s.event_date,
    coalesce(nullif(s.line_code, ''), d.line_code, '') as line_code,
    s.event_type,
    coalesce(nullif(s.claim_id, ''), s.event_id || '#' || s.ordinal) as claim_id,
    s.order_id,
    s.rx_id,
    s.channel,
    s.staff_id,
    s.known_code as drug_code,
    coalesce(nullif(d.name_zh, ''), nullif(s.drug_name, ''), s.known_code) as drug_name,
    coalesce(d.drug_class_code, case when s.is_stated then s.known_code end, '') as drug_class_code,
    coalesce(d.line_code, '') as drug_line_code,
    d.drug_code is not null or s.is_stated as is_drug,
    s.quantity,
    cast(trunc(s.supply + sign(s.supply) * 1e-9) as integer) as days_supply,
    s.max_days,
    s.amount_fen,
    coalesce(s.icd10_codes, '') as icd10_codes
from supplied as s
left join ref.drugs as d on d.drug_code = s.known_code
