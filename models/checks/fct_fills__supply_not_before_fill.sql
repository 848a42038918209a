-- Supply that starts before its fill or does not last its days.
-- severity: error
-- denominator: fct_fills
-- inputs: fct_fills
select source, event_id, ordinal
from fct_fills
where supply_start_date < fill_date or supply_end_date - supply_start_date + 1 <> days_supply
