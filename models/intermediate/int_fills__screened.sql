-- Dispenses, paid order lines and their undoing, with the reject reasons that a claim id decides:
-- not_a_drug, duplicate, cancelled, returned and return; '' when the row stands so far.
-- grain: source, event_id, ordinal
-- inputs: int_prescriptions__items
-- by: patient_id
with claims as (
    select
        *,
        event_type in ('returned', 'cancelled') as is_undoing
    from int_prescriptions__items
    where event_type <> 'prescribed'
),

undone as (
    select
        patient_id,
        claim_id,
        bool_or(event_type = 'cancelled') as is_cancelled,
        bool_or(event_type = 'returned') as is_returned,
        bool_or(not is_undoing) as has_fill
    from claims
    group by patient_id, claim_id
),

-- A claim that is paid and later dispensed (or the other way round) is one fill: the first counts.
ranked as (
    select
        *,
        row_number() over (
            partition by patient_id, claim_id, drug_code, days_supply, is_undoing, event_date
            order by event_at, topic, partition, "offset", ordinal
        ) as rank_of_day,
        first_value(event_type) over (
            partition by patient_id, claim_id, drug_code, days_supply, is_undoing
            order by event_at, topic, partition, "offset", ordinal
        ) as first_type
    from claims
)

select
    r.* exclude (is_undoing, rank_of_day, first_type),
    case
        when r.event_type = 'cancelled' then 'cancelled'
        when r.event_type = 'returned' and u.has_fill then 'return'
        when r.event_type = 'returned' and coalesce(r.days_supply, 0) = 0 then 'negative_unmatched'
        when not r.is_drug then 'not_a_drug'
        when not r.is_undoing and (r.rank_of_day > 1 or r.event_type <> r.first_type) then 'duplicate'
        when u.is_cancelled then 'cancelled'
        when u.is_returned and not r.is_undoing then 'returned'
        else ''
    end as reason
from ranked as r
join undone as u on u.patient_id = r.patient_id and u.claim_id = r.claim_id
