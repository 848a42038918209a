-- Patients of an experiment with the arm they were first assigned to, what was known before, how they took the medicine
-- of their line before and after (shares of covered days), and how long they stayed on it after the assignment.
-- grain: experiment_code, patient_id
-- inputs: int_activities__events, int_persistence__spells, int_patients__exits, dim_patients, ref.settings
-- by: patient_id
-- experiment_code: experiment, as icbt_22w; default when the events name none
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
-- after_covered_days: of these, days with medicine
-- after_ratio: after_covered_days / after_days; empty before 91 days have passed
-- time_days: days from the assignment to the last supply before a gap of more than 60 days, or to the last day observed;
--    empty for patients without medicine on the day of the assignment
-- is_stopped: such a gap came; false is censored
with events as (
    select
        patient_id,
        coalesce(nullif(json_extract_string(nullif(attributes, ''), '$.experiment'), ''), 'default') as experiment_code,
        activity_type = 'experiment_assigned' as is_assignment,
        json_extract_string(nullif(attributes, ''), '$.arm') as arm,
        event_date,
        event_at,
        event_id
    from int_activities__events
    where activity_type in ('experiment_assigned', 'icbt_session_done')
),

assigned as (
    select
        patient_id,
        experiment_code,
        min_by(arm, (event_at, event_id)) filter (where is_assignment) as arm,
        min(event_date) filter (where is_assignment) as assigned_date,
        count(*) filter (where is_assignment) as assignment_count,
        count(*) filter (where not is_assignment) as session_count
    from events
    group by patient_id, experiment_code
    having min(event_date) filter (where is_assignment) is not null
),

windows as (
    select
        a.*,
        p.line_code,
        case p.sex when 'female' then true when 'male' then false end as is_female,
        p.age,
        least(s.as_of, coalesce(x.died_date, s.as_of), coalesce(x.left_date, s.as_of)) as observed_to,
        least(s.as_of, a.assigned_date + 180, coalesce(x.died_date, s.as_of), coalesce(x.left_date, s.as_of)) as after_to
    from assigned as a
    join dim_patients as p on p.patient_id = a.patient_id
    cross join ref.settings as s
    left join int_patients__exits as x on x.patient_id = a.patient_id
),

supplied as (
    select
        w.patient_id,
        w.experiment_code,
        sum(greatest(0, least(s.spell_end_date, w.assigned_date - 1) - greatest(s.spell_start_date, w.assigned_date - 90) + 1)) as before_days,
        min(s.spell_start_date) < w.assigned_date as has_before,
        sum(greatest(0, least(s.spell_end_date, w.after_to) - greatest(s.spell_start_date, w.assigned_date + 1) + 1)) as covered_days,
        bool_or(w.assigned_date between s.spell_start_date and s.spell_end_date) as is_on_medicine,
        min(s.spell_end_date) filter (
            where s.spell_end_date >= w.assigned_date
                and case when s.next_start_date <= w.observed_to then s.next_start_date - 1 else w.observed_to end - s.spell_end_date > 60
        ) as stop_date
    from windows as w
    join int_persistence__spells as s on s.patient_id = w.patient_id and s.line_code = w.line_code and s.drug_class_code = ''
    group by w.patient_id, w.experiment_code, w.assigned_date, w.after_to
)

select
    w.experiment_code,
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
    cast(coalesce(u.covered_days, 0) as integer) as after_covered_days,
    case when w.after_to - w.assigned_date >= 91 then coalesce(u.covered_days, 0) / (w.after_to - w.assigned_date) end as after_ratio,
    case when u.is_on_medicine then cast(greatest(0, coalesce(u.stop_date, w.observed_to) - w.assigned_date) as integer) end as time_days,
    case when u.is_on_medicine then u.stop_date is not null end as is_stopped
from windows as w
left join supplied as u on u.patient_id = w.patient_id and u.experiment_code = w.experiment_code
order by w.experiment_code, w.patient_id
