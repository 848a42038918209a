-- Lines of dispenses, paid orders and their undoing that are no fill, each with the one reason.
-- grain: source, event_id, ordinal
-- inputs: int_fills__judged
-- by: patient_id
-- claim_id: line of the order or dispense
-- event_id: event that tells of it
-- patient_id: the person
-- fill_date: business day of the event
-- drug_code: drug of the product table, or the name that the source gives
-- reason: not_a_drug, duplicate, cancelled (the line or its cancellation), returned (the fill undone), return (the undoing),
--    negative_unmatched, zero_supply, implausible_supply or no_supply
-- ordinal: line within the event
-- source: format in which the event came
select
    claim_id,
    event_id,
    patient_id,
    event_date as fill_date,
    drug_code,
    reason,
    ordinal,
    source
from int_fills__judged
where reason <> ''
order by patient_id, fill_date, source, event_id, ordinal
