-- Patients of the experiment (the 22-week programme) with the arm they were first assigned to, what was known before,
-- and how they took their medicine before and after, as shares of covered days.
-- grain: patient_id
-- inputs: int_activities__events, int_persistence__spells, int_patients__exits, dim_patients, ref.settings
-- patient_id: the person
-- arm: control or treatment
-- assigned_date: business day of the assignment
-- line_code: line of disease of the person
-- is_female: sex is female; empty when unknown
-- age: years
-- assignment_count: assignments on record; more than 1 is a fault of the experiment
-- session_count: sessions of the programme done
-- before_ratio: covered days / 90 days before the assignment; empty without a fill before
-- after_days: days of the 180 after the assignment that have passed, or until death or leaving
-- after_ratio: covered days / after_days; empty before 91 days have passed
with assigned as (
    select
        patient_id,
        min_by(json_extract_string(attributes, '$.arm'), (event_at, event_id)) filter (where activity_type = 'experiment_assigned') as arm,
        min(event_date) filter (where activity_type = 'experiment_assigned') as assigned_date,
        count(*) filter (where activity_type = 'experiment_assigned') as assignment_count,
        count(*) filter (where activity_type = 'icbt_session_done') as session_count
    from int_activities__events
    where activity_type in ('experiment_assigned', 'icbt_session_done')
    group by patient_id
    having min(event_date) filter (where activity_type = 'experiment_assigned') is not null
),

windows as (
    select
        a.*,
        p.line_code,
        case p.sex when 'female' then true when 'male' then false end as is_female,
        p.age,
        least(s.as_of, a.assigned_date + 180, coalesce(x.died_date, s.as_of), coalesce(x.left_date, s.as_of)) as after_to
    from assigned as a
    join dim_patients as p on p.patient_id = a.patient_id
    cross join ref.settings as s
    left join int_patients__exits as x on x.patient_id = a.patient_id
),

supplied as (
    select
        w.patient_id,
        sum(greatest(0, least(s.spell_end_date, w.assigned_date - 1) - greatest(s.spell_start_date, w.assigned_date - 90) + 1)) as before_days,
        min(s.spell_start_date) < w.assigned_date as has_before,
        sum(greatest(0, least(s.spell_end_date, w.after_to) - greatest(s.spell_start_date, w.assigned_date + 1) + 1)) as covered_days
    from windows as w
    join int_persistence__spells as s on s.patient_id = w.patient_id and s.line_code = w.line_code and s.drug_class_code = ''
    group by w.patient_id, w.assigned_date, w.after_to
)

select
    w.patient_id,
    w.arm,
    w.assigned_date,
    w.line_code,
    w.is_female,
    w.age,
    cast(w.assignment_count as integer) as assignment_count,
    cast(w.session_count as integer) as session_count,
    case when u.has_before then u.before_days / 90 end as before_ratio,
    cast(w.after_to - w.assigned_date as integer) as after_days,
    case when w.after_to - w.assigned_date >= 91 then coalesce(u.covered_days, 0) / (w.after_to - w.assigned_date) end as after_ratio
from windows as w
left join supplied as u on u.patient_id = w.patient_id
order by w.patient_id
