-- The continuous measures of medication availability CMA1 to CMA9 of Dima and Dediu in every observation window of
-- int_cma__events. The follow-up starts with the first fill and ends on the business day.
-- grain: patient_id, drug_class_code, window_code
-- inputs: int_cma__events
-- by: patient_id
with used as (
    select
        *,
        day >= from_day as is_inside,
        fill_no = max(fill_no) over (partition by patient_id, drug_class_code, window_code) as is_last,
        greatest(0, until_day - end_day_inside) as gap_inside,
        -- Of the fills before the window only the last one is here.
        greatest(from_day, coalesce(max(case when day < from_day then end_day end) over (
            partition by patient_id, drug_class_code, window_code
        ), from_day)) as late_from_day
    from int_cma__events
),

sums as (
    select
        patient_id,
        drug_class_code,
        window_code,
        any_value(to_day) as to_day,
        any_value(from_day) as from_day,
        any_value(late_from_day) as late_from_day,
        any_value(first_day) as first_day,
        count(*) filter (where is_inside) as fill_count,
        min(day) filter (where is_inside) as first_inside,
        max(day) filter (where is_inside) as last_inside,
        sum(days_supply) filter (where is_inside) as supply,
        sum(days_supply) filter (where is_inside and not is_last) as supply_but_last,
        sum(until_day - day - gap_inside) filter (where is_inside) as used_days,
        sum(until_day - day - gap_inside) filter (where is_inside and not is_last) as used_days_but_last,
        sum(greatest(0, until_day - greatest(least(end_day, until_day), from_day))) as missing_days,
        sum(greatest(0, until_day - greatest(least(end_day, until_day), late_from_day))) as late_missing_days,
        cast(sum(exact(
            (1 - greatest(0, next_day - end_day) / nullif(next_day - day, 0)) * greatest(0, until_day - greatest(day, from_day))
        )) as double) as spread_days
    from used
    group by patient_id, drug_class_code, window_code
)

select
    patient_id,
    drug_class_code,
    window_code,
    from_day,
    to_day,
    cast(fill_count as integer) as fill_count,
    first_day < from_day as is_started_before,
    supply_but_last / nullif(last_inside - first_inside, 0) as cma1,
    supply / nullif(to_day - first_inside, 0) as cma2,
    case when last_inside > first_inside then least(1.0, supply_but_last / (last_inside - first_inside)) end as cma3,
    case when to_day > first_inside then least(1.0, supply / (to_day - first_inside)) end as cma4,
    used_days_but_last / nullif(last_inside - first_inside, 0) as cma5,
    used_days / nullif(to_day - first_inside, 0) as cma6,
    (to_day - from_day - greatest(0, first_day - from_day) - missing_days) / (to_day - from_day) as cma7,
    case when late_from_day >= to_day then 1.0
        else (to_day - late_from_day - greatest(0, first_day - late_from_day) - late_missing_days) / (to_day - late_from_day)
    end as cma8,
    coalesce(spread_days, 0) / (to_day - from_day) as cma9
from sums
