-- A paid or dispensed line whose article or name is no drug of the product table. Add the article, or the alias.
-- severity: warn
-- denominator: select count(*) from int_prescriptions__items where event_type in ('paid', 'dispensed')
-- inputs: fct_rejected_fills
select source, event_id, ordinal
from fct_rejected_fills
where reason = 'not_a_drug'
