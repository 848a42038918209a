-- Numbers with units that patients report or devices and forms deliver, and whether each is in target by the limits of
-- dim_measurement_targets.
-- grain: source, event_id, ordinal
-- inputs: int_measurements__readings, int_patients__diagnoses, dim_measurement_targets
-- by: patient_id
-- patient_id: the person
-- event_at: when it was measured or told
-- kind: bp_systolic, bp_diastolic, glucose, hba1c, weight, vas and so on
-- value: the number
-- unit: unit of the number
-- context: fasting, after_meal, home, office or empty
-- control_state: in_target, low or high; empty when the kind has no limits or the unit is another
-- low_limit: lowest value in target, empty without one
-- high_limit: first value above target, empty without one
-- via: chat or activity
-- event_id: event that carries it
-- ordinal: place within the event
-- source: format in which the event came
with risks as (
    select distinct patient_id
    from int_patients__diagnoses
    where substr(icd10_code, 1, 3) in ('I20', 'I21', 'I22', 'I23', 'I24', 'I25', 'I63', 'I70')
),

readings as (
    select
        m.*,
        case when m.kind like 'bp_%' and m.context <> 'office' then 'home' when m.kind in ('bp_systolic', 'bp_diastolic', 'glucose') then m.context else '' end as looked_up,
        case when m.kind = 'ldl' and r.patient_id is not null then 'very_high' else 'usual' end as risk_code
    from int_measurements__readings as m
    left join risks as r on r.patient_id = m.patient_id
)

select
    r.patient_id,
    r.event_at,
    r.kind,
    r.value,
    r.unit,
    r.context,
    case
        when t.kind is null then ''
        when r.value < t.low_limit then 'low'
        when r.value >= t.high_limit then 'high'
        else 'in_target'
    end as control_state,
    t.low_limit,
    t.high_limit,
    r.via,
    r.event_id,
    r.ordinal,
    r.source
from readings as r
left join dim_measurement_targets as t
    on t.kind = r.kind and t.context = r.looked_up and t.risk_code = r.risk_code and t.unit = r.unit
order by r.patient_id, r.event_at
