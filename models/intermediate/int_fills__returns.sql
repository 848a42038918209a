-- Returns by negative supply, and returned events whose claim is unknown: each undoes the nearest fill
-- before it of the same drug and supply that is not undone yet. Fills open a bracket and returns close
-- one, so a return and its fill are neighbours among the rows of their height.
-- grain: source, event_id, ordinal
-- inputs: int_fills__screened
-- by: patient_id
with steps as (
    select
        source,
        event_id,
        ordinal,
        patient_id,
        drug_code,
        abs(days_supply) as supply,
        case when event_type = 'returned' or days_supply < 0 then -1 else 1 end as direction,
        event_at,
        topic,
        partition,
        "offset"
    from int_fills__screened
    where reason = '' and days_supply <> 0
),

-- Only a drug and supply with a return needs to be walked through.
walked as (
    select s.*
    from steps as s
    semi join (select patient_id, drug_code, supply from steps where direction = -1) as r
        on r.patient_id = s.patient_id and r.drug_code = s.drug_code and r.supply = s.supply
),

balances as (
    select
        *,
        sum(direction) over (
            partition by patient_id, drug_code, supply order by event_at, topic, partition, "offset", ordinal
        ) as balance
    from walked
),

floors as (
    select
        *,
        least(0, min(balance) over (
            partition by patient_id, drug_code, supply order by event_at, topic, partition, "offset", ordinal
        )) as lowest,
        least(0, coalesce(min(balance) over (
            partition by patient_id, drug_code, supply order by event_at, topic, partition, "offset", ordinal
            rows between unbounded preceding and 1 preceding
        ), 0)) as lowest_before
    from balances
),

-- A return below every earlier balance has nothing to undo.
heights as (
    select
        *,
        direction = -1 and balance < lowest_before as is_unmatched,
        balance - lowest + case when direction = -1 then 1 else 0 end as height
    from floors
),

paired as (
    select
        patient_id,
        source,
        event_id,
        ordinal,
        direction,
        is_unmatched,
        lead(direction) over (
            partition by patient_id, drug_code, supply, is_unmatched, height
            order by event_at, topic, partition, "offset", ordinal
        ) as next_direction
    from heights
)

select
    patient_id,
    source,
    event_id,
    ordinal,
    case
        when is_unmatched then 'negative_unmatched'
        when direction = -1 then 'return'
        else 'returned'
    end as reason
from paired
where direction = -1 or next_direction = -1
