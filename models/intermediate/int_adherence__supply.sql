-- Supply intervals inside every measurement period, shifted: fills of one stock in date order start when
-- the earlier supply ends. The end of the i-th is the running supply plus the running maximum of
-- (position - supply before). Fills of one day are stacked, or the longest counts (same_day).
-- grain: patient_id, drug_class_code, period_code, stock, fill_date
-- inputs: int_adherence__doses, int_adherence__windows, ref.adherence_settings
-- by: patient_id
with days as (
    select
        d.patient_id,
        d.drug_class_code,
        d.stock,
        d.fill_date,
        min(d.position) as position,
        cast(case when a.same_day = 'longest' then max(d.days_supply) else sum(d.days_supply) end as bigint) as supply
    from int_adherence__doses as d
    cross join ref.adherence_settings as a
    group by d.patient_id, d.drug_class_code, d.stock, d.fill_date, a.same_day
),

counted as (
    select
        d.*,
        w.period_code,
        w.start_position,
        w.end_position,
        case when a.shift = 'class' then '' else d.stock end as chain,
        a.shift <> 'none' as is_shifted
    from int_adherence__windows as w
    join days as d
        on d.patient_id = w.patient_id and d.drug_class_code = w.drug_class_code and d.fill_date <= w.treatment_end
    cross join ref.adherence_settings as a
    where d.fill_date >= w.period_start or a.carry_in
),

running as (
    select
        *,
        sum(supply) over (
            partition by patient_id, drug_class_code, period_code, chain order by position, fill_date, stock
        ) as supply_to_here
    from counted
),

ended as (
    select
        *,
        case when is_shifted
            then supply_to_here + max(position - (supply_to_here - supply)) over (
                partition by patient_id, drug_class_code, period_code, chain order by position, fill_date, stock
            )
            else position + supply
        end as supply_end
    from running
)

select
    patient_id,
    drug_class_code,
    period_code,
    stock,
    fill_date,
    cast(greatest(supply_end - supply, start_position) as bigint) as from_position,
    cast(least(supply_end, end_position) as bigint) as to_position
from ended
