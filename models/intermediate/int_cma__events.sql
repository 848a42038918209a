-- The fills that count in an observation window: those inside it and the last one before. There are windows of 180 and
-- of 365 days that end on the business day (r180, r365), and ten of 90 days that start every 30 days in the last 365
-- (s01 to s10). end_day_inside is where the supply ends with carry-over from fills inside the window only; until_day is
-- where the interval to the next fill ends in the window. Days are counted from 1970-01-01.
-- grain: patient_id, drug_class_code, window_code, fill_no
-- inputs: int_cma__fills
-- by: patient_id
-- view: one reader
with windows (window_code, from_days, to_days) as (
    values
        ('r180', 180, 0), ('r365', 365, 0), ('s01', 365, 275), ('s02', 335, 245), ('s03', 305, 215), ('s04', 275, 185),
        ('s05', 245, 155), ('s06', 215, 125), ('s07', 185, 95), ('s08', 155, 65), ('s09', 125, 35), ('s10', 95, 5)
),

placed as (
    select
        f.*,
        w.window_code,
        f.as_of_day - w.from_days as from_day,
        f.as_of_day - w.to_days as to_day
    from int_cma__fills as f
    join windows as w
        on f.day <= f.as_of_day - w.to_days
        and (f.day >= f.as_of_day - w.from_days or coalesce(f.next_day, f.as_of_day) >= f.as_of_day - w.from_days)
)

select
    patient_id,
    drug_class_code,
    window_code,
    fill_no,
    day,
    coalesce(next_day, as_of_day) as next_day,
    least(coalesce(next_day, as_of_day), to_day) as until_day,
    days_supply,
    end_day,
    first_day,
    from_day,
    to_day,
    case when day >= from_day
        then supply_to_here + max(case when day >= from_day then day - (supply_to_here - days_supply) end) over (
            partition by patient_id, drug_class_code, window_code order by fill_no
        )
    end as end_day_inside
from placed
