-- A drug line of a dispense, order or undoing that is neither an accepted fill nor rejected with a reason, or is both.
-- severity: error
-- denominator: select count(*) from int_prescriptions__items where event_type <> 'prescribed'
-- inputs: fct_fills, fct_rejected_fills, int_prescriptions__items
with judged as (
    select source, event_id, ordinal from fct_fills
    union all
    select source, event_id, ordinal from fct_rejected_fills
),

counted as (
    select source, event_id, ordinal, count(*) as times
    from judged
    group by source, event_id, ordinal
)

select i.source, i.event_id, i.ordinal
from int_prescriptions__items as i
left join counted as c on c.source = i.source and c.event_id = i.event_id and c.ordinal = i.ordinal
where i.event_type <> 'prescribed' and coalesce(c.times, 0) <> 1
