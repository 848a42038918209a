-- Every dispense, paid order line and undoing with its final reject reason; '' is an accepted fill.
-- The order of the rules: not_a_drug, duplicate, cancelled, returned or return, negative_unmatched,
-- zero_supply, implausible_supply, no_supply.
-- grain: source, event_id, ordinal
-- inputs: int_fills__screened, int_fills__returns
-- by: patient_id
select
    s.* exclude (reason),
    case
        when s.reason <> '' then s.reason
        when r.reason is not null then r.reason
        when s.days_supply is null then 'no_supply'
        when s.days_supply = 0 then 'zero_supply'
        when s.days_supply > s.max_days then 'implausible_supply'
        else ''
    end as reason
from int_fills__screened as s
left join int_fills__returns as r on r.source = s.source and r.event_id = s.event_id and r.ordinal = s.ordinal
