-- Fills as the continuous measures of availability see them: every fill of a class up to the business day, for an
-- observation window of 180 and of 365 days that ends on it. What a fill supplies beyond the next one is carried
-- over, whatever its drug; end_day is where its supply ends with carry-over from the first fill on, and
-- end_day_inside with carry-over from fills inside the window only. Days are counted from 1970-01-01.
-- grain: patient_id, drug_class_code, window_code, fill_no
-- inputs: int_fills__accepted, int_drugs__targets, ref.settings
with windows (window_code, window_days) as (
    values ('r180', 180), ('r365', 365)
),

fills as (
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
        date_diff('day', date '1970-01-01', s.as_of) as to_day
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
        to_day,
        row_number() over fills as fill_no,
        lead(day, 1, to_day) over fills as next_day,
        sum(days_supply) over fills as supply_to_here
    from fills
    window fills as (partition by patient_id, drug_class_code order by day, event_at, topic, partition, "offset", ordinal)
),

carried as (
    select
        *,
        supply_to_here + max(day - (supply_to_here - days_supply)) over (
            partition by patient_id, drug_class_code order by fill_no
        ) as end_day
    from numbered
)

select
    c.patient_id,
    c.drug_class_code,
    w.window_code,
    c.fill_no,
    c.day,
    c.next_day,
    c.days_supply,
    c.end_day,
    c.to_day - w.window_days as from_day,
    c.to_day,
    case when c.day >= c.to_day - w.window_days
        then c.supply_to_here + max(case when c.day >= c.to_day - w.window_days then c.day - (c.supply_to_here - c.days_supply) end) over (
            partition by c.patient_id, c.drug_class_code, w.window_code order by c.fill_no
        )
    end as end_day_inside
from carried as c
cross join windows as w
