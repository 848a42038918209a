-- Accepted fills: medicine handed to the patient, after all reject rules. Rejected lines are in
-- fct_rejected_fills. The supply is shifted over the whole history of the patient.
-- grain: source, event_id, ordinal
-- inputs: int_fills__accepted
-- by: patient_id
-- patient_id: the person
-- claim_id: line of the order or dispense
-- fill_date: business day of the dispense or payment
-- drug_code: drug of the product table
-- drug_class_code: therapeutic class of the drug
-- line_code: line of disease of the drug
-- channel: wecom_shop, youzan, jd, pharmacy, hospital
-- quantity: packs
-- days_supply: days that the fill lasts
-- supply_start_date: first day on which it is used: the fill date, or the day after earlier supply of an ingredient ends
-- supply_end_date: last day on which it is used
-- amount_fen: paid, in 1/100 yuan
-- event_id: event that tells of the fill
-- ordinal: line within the event
-- source: format in which the event came
select
    patient_id,
    claim_id,
    event_date as fill_date,
    drug_code,
    drug_class_code,
    drug_line_code as line_code,
    channel,
    quantity,
    days_supply,
    supply_start_date,
    supply_end_date,
    amount_fen,
    event_id,
    ordinal,
    source
from int_fills__accepted
order by patient_id, fill_date, source, event_id, ordinal
