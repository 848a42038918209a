-- The course of the measured values of a patient, month by month, with the state of control: the mean of the month beside the
-- limits of dim_measurement_targets. Blood pressure is one indicator and in target when both means are.
-- grain: patient_id, indicator_code, month_start
-- inputs: fct_measurements, dim_measurement_targets, dim_patients
-- by: patient_id
-- patient_id: the person
-- indicator_code: bp_home, bp_office, glucose_fasting, glucose_after_meal, glucose, hba1c, ldl, egfr, uacr, bmi, lvef or tscore
-- month_start: first day of the month (Asia/Shanghai)
-- line_code: line of disease of the person
-- reading_count: readings of the month; the two numbers of a blood pressure are one
-- in_target_count: of these, readings in target; of blood pressure those whose two numbers are
-- mean_value: mean; systolic for blood pressure
-- mean_diastolic: mean diastolic of blood pressure, else empty
-- control_state: in_target, low or high by the means; high when one number is high and the other low
-- change_value: mean_value less that of the newest month before with a reading, empty without one
-- guideline: where the limits come from
with values_seen as (
    select
        patient_id,
        kind,
        case
            when kind in ('bp_systolic', 'bp_diastolic') and context = 'office' then 'bp_office'
            when kind in ('bp_systolic', 'bp_diastolic') then 'bp_home'
            when kind = 'glucose' and context <> '' then 'glucose_' || context
            else kind
        end as indicator_code,
        cast(date_trunc('month', local_date(event_at)) as date) as month_start,
        source,
        event_id,
        case when kind in ('bp_systolic', 'bp_diastolic') then 0 else ordinal end as reading_no,
        value,
        low_limit,
        high_limit,
        control_state
    from fct_measurements
    where control_state <> ''
),

readings as (
    select
        patient_id,
        indicator_code,
        month_start,
        bool_and(control_state = 'in_target') as is_in_target,
        avg(exact(value)) filter (where kind <> 'bp_diastolic') as value,
        avg(exact(value)) filter (where kind = 'bp_diastolic') as diastolic,
        min(low_limit) filter (where kind <> 'bp_diastolic') as low_limit,
        max(high_limit) filter (where kind <> 'bp_diastolic') as high_limit,
        min(low_limit) filter (where kind = 'bp_diastolic') as diastolic_low,
        max(high_limit) filter (where kind = 'bp_diastolic') as diastolic_high,
        min(kind) as kind
    from values_seen
    group by patient_id, indicator_code, month_start, source, event_id, reading_no
),

months as (
    select
        patient_id,
        indicator_code,
        month_start,
        count(*) as reading_count,
        count(*) filter (where is_in_target) as in_target_count,
        avg(exact(value)) as mean_value,
        avg(exact(diastolic)) as mean_diastolic,
        max(low_limit) as low_limit,
        max(high_limit) as high_limit,
        max(diastolic_low) as diastolic_low,
        max(diastolic_high) as diastolic_high,
        min(kind) as kind
    from readings
    group by patient_id, indicator_code, month_start
)

select
    m.patient_id,
    m.indicator_code,
    m.month_start,
    p.line_code,
    m.reading_count,
    m.in_target_count,
    m.mean_value,
    m.mean_diastolic,
    case
        when m.mean_value >= m.high_limit or m.mean_diastolic >= m.diastolic_high then 'high'
        when m.mean_value < m.low_limit or m.mean_diastolic < m.diastolic_low then 'low'
        else 'in_target'
    end as control_state,
    m.mean_value - lag(m.mean_value) over (partition by m.patient_id, m.indicator_code order by m.month_start) as change_value,
    g.guideline
from months as m
join dim_patients as p on p.patient_id = m.patient_id
join (select kind, min(guideline) as guideline from dim_measurement_targets group by kind) as g on g.kind = m.kind
order by m.patient_id, m.indicator_code, m.month_start
