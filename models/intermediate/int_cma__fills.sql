-- Fills as the continuous measures of availability see them: every fill of a class up to the business day (as_of_day).
-- What a fill supplies beyond the next one is carried over, whatever its drug; end_day is where its supply ends then,
-- and supply_to_here what it and the earlier fills supply. Days are counted from 1970-01-01.
-- grain: patient_id, drug_class_code, fill_no
-- inputs: int_fills__accepted, int_drugs__targets, ref.settings
-- by: patient_id
with fills as (
    select distinct
        f.patient_id,
        t.drug_class_code,
        f.source,
        f.event_id,
        f.ordinal,
        f.event_at,
        f.topic,
        f.partition,
        f."offset",
        date_diff('day', date '1970-01-01', f.event_date) as day,
        f.days_supply,
        date_diff('day', date '1970-01-01', s.as_of) as as_of_day
    from int_fills__accepted as f
    join int_drugs__targets as t on t.drug_code = f.drug_code
    cross join ref.settings as s
),

numbered as (
    select
        patient_id,
        drug_class_code,
        day,
        days_supply,
        as_of_day,
        row_number() over fills as fill_no,
        lead(day) over fills as next_day,
        sum(days_supply) over fills as supply_to_here
    from fills
    window fills as (partition by patient_id, drug_class_code order by day, event_at, topic, partition, "offset", ordinal)
)

select
    patient_id,
    drug_class_code,
    fill_no,
    day,
    next_day,
    days_supply,
    supply_to_here,
    supply_to_here + max(day - (supply_to_here - days_supply)) over (
        partition by patient_id, drug_class_code order by fill_no
    ) as end_day,
    min(day) over (partition by patient_id, drug_class_code) as first_day,
    as_of_day
from numbered
