-- The continuous measures of medication availability CMA1 to CMA9 of Dima and Dediu, for every patient and class: the
-- observation window ends on the business day, the follow-up starts with the first fill. Supply that is left over is
-- carried to the next fill, whatever its drug. The same numbers as phdp adherence cma.
-- grain: patient_id, drug_class_code, window_code
-- inputs: int_cma__events, int_drugs__targets
-- patient_id: the person
-- drug_class_code: therapeutic class
-- window_code: r180 or r365: the days that the observation window lasts
-- line_code: line of disease of the class
-- fill_count: fills inside the window
-- is_started_before: the first fill ever lies before the window; else its days before the first fill count as a gap in CMA7 to CMA9
-- cma1: supply of all but the last fill / days from first to last; empty with fills on one day only; can exceed 1
-- cma2: supply of all fills / days from the first to the end of the window; can exceed 1
-- cma3: cma1, at most 1
-- cma4: cma2, at most 1
-- cma5: days with medicine / days from first to last fill, with carry-over inside the window
-- cma6: the same from the first fill to the end of the window
-- cma7: share of the days of the window that are not in a gap, with carry-over from before
-- cma8: the same from the day on which earlier supply ends
-- cma9: supply of each fill spread evenly over the days to the next one, averaged over the days of the window
with used as (
    select
        *,
        day >= from_day as is_inside,
        row_number() over (partition by patient_id, drug_class_code, window_code order by fill_no desc) = 1 as is_last,
        greatest(0, next_day - end_day) as gap,
        greatest(0, next_day - end_day_inside) as gap_inside,
        max(case when day < from_day then fill_no end) over (partition by patient_id, drug_class_code, window_code) as fill_no_before
    from int_cma__events
),

started as (
    select
        *,
        greatest(from_day, coalesce(max(case when fill_no = fill_no_before then end_day end) over (
            partition by patient_id, drug_class_code, window_code
        ), from_day)) as late_from_day
    from used
),

sums as (
    select
        patient_id,
        drug_class_code,
        window_code,
        any_value(to_day) as to_day,
        any_value(from_day) as from_day,
        any_value(late_from_day) as late_from_day,
        min(day) as first_day,
        count(*) filter (where is_inside) as fill_count,
        min(day) filter (where is_inside) as first_inside,
        max(day) filter (where is_inside) as last_inside,
        sum(days_supply) filter (where is_inside) as supply,
        sum(days_supply) filter (where is_inside and not is_last) as supply_but_last,
        sum(next_day - day - gap_inside) filter (where is_inside) as used_days,
        sum(next_day - day - gap_inside) filter (where is_inside and not is_last) as used_days_but_last,
        sum(greatest(0, next_day - greatest(next_day - gap, from_day))) as missing_days,
        sum(greatest(0, next_day - greatest(next_day - gap, late_from_day))) as late_missing_days,
        sum((1 - gap / nullif(next_day - day, 0)) * greatest(0, next_day - greatest(day, from_day))) as spread_days
    from started
    group by patient_id, drug_class_code, window_code
),

classes as (
    select distinct drug_class_code, line_code
    from int_drugs__targets
)

select
    s.patient_id,
    s.drug_class_code,
    s.window_code,
    c.line_code,
    cast(s.fill_count as integer) as fill_count,
    s.first_day < s.from_day as is_started_before,
    s.supply_but_last / nullif(s.last_inside - s.first_inside, 0) as cma1,
    s.supply / nullif(s.to_day - s.first_inside, 0) as cma2,
    case when s.last_inside > s.first_inside then least(1.0, s.supply_but_last / (s.last_inside - s.first_inside)) end as cma3,
    case when s.to_day > s.first_inside then least(1.0, s.supply / (s.to_day - s.first_inside)) end as cma4,
    s.used_days_but_last / nullif(s.last_inside - s.first_inside, 0) as cma5,
    s.used_days / nullif(s.to_day - s.first_inside, 0) as cma6,
    (s.to_day - s.from_day - greatest(0, s.first_day - s.from_day) - s.missing_days) / (s.to_day - s.from_day) as cma7,
    case when s.late_from_day >= s.to_day then 1.0
        else (s.to_day - s.late_from_day - greatest(0, s.first_day - s.late_from_day) - s.late_missing_days) / (s.to_day - s.late_from_day)
    end as cma8,
    coalesce(s.spread_days, 0) / (s.to_day - s.from_day) as cma9
from sums as s
join classes as c on c.drug_class_code = s.drug_class_code
order by s.patient_id, s.drug_class_code, s.window_code
