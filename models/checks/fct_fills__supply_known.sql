-- A paid or dispensed line without days of supply, or with none or too many. Correct the pack days of the article.
-- severity: warn
-- denominator: select count(*) from int_prescriptions__items where event_type in ('paid', 'dispensed')
-- inputs: fct_rejected_fills
select source, event_id, ordinal
from fct_rejected_fills
where reason in ('no_supply', 'zero_supply', 'implausible_supply')
