-- Tasks that the standard procedure of a line asks for: one for every time a patient enters a stage. A task is due when
-- the patient is still in the stage on its first day. It is implemented by the first outreach of the care team in the
-- window (a message, a started task or a call-back), and completed by a task closed with a valid outcome.
-- grain: patient_id, stage_no, task_code
-- inputs: fct_stage_history, int_chats__messages, int_activities__events, dim_patients, ref.sop_tasks, ref.settings
-- by: patient_id
-- due: select h.patient_id from fct_stage_history as h join ref.sop_tasks as t on t.line_code = h.line_code and t.stage_code = h.stage_code
--    where h.from_date + t.from_day between $last and $day or h.from_date + t.to_day between $last and $day
-- patient_id: the person
-- stage_no: stage of fct_stage_history
-- task_code: task of the procedure
-- line_code: line of disease
-- stage_code: service stage
-- owner_staff_id: care worker who looks after the person today
-- due_from_date: first day of the window
-- due_to_date: last day of the window
-- implemented_date: first outreach in the window, empty when there is none
-- completed_date: first task closed as done or reached in the window, empty when there is none
-- status: completed, implemented, open (the window is not over) or missed
with due as (
    select
        h.patient_id,
        h.stage_no,
        t.task_code,
        h.line_code,
        h.stage_code,
        p.owner_staff_id,
        h.from_date + t.from_day as due_from_date,
        h.from_date + t.to_day as due_to_date,
        s.as_of
    from fct_stage_history as h
    join ref.sop_tasks as t on t.line_code = h.line_code and t.stage_code = h.stage_code
    join dim_patients as p on p.patient_id = h.patient_id
    join ref.settings as s on h.from_date + t.from_day <= s.as_of
    where h.to_date is null or h.to_date >= h.from_date + t.from_day
),

outreaches as (
    select distinct patient_id, event_date, false as is_closing
    from int_chats__messages
    where speaker = 'staff' and room_key = ''
    union
    select patient_id, event_date, false
    from int_activities__events
    where activity_type in ('task_started', 'call_back')
    union
    select patient_id, event_date, true
    from int_activities__events
    where activity_type = 'task_closed' and json_extract_string(attributes, '$.outcome') in ('done', 'reached')
),

done as (
    select
        d.patient_id,
        d.stage_no,
        d.task_code,
        min(o.event_date) filter (where not o.is_closing) as implemented_date,
        min(o.event_date) filter (where o.is_closing) as completed_date
    from due as d
    join outreaches as o on o.patient_id = d.patient_id and o.event_date between d.due_from_date and d.due_to_date
    group by d.patient_id, d.stage_no, d.task_code
)

select
    d.patient_id,
    d.stage_no,
    d.task_code,
    d.line_code,
    d.stage_code,
    d.owner_staff_id,
    d.due_from_date,
    d.due_to_date,
    x.implemented_date,
    x.completed_date,
    case
        when x.completed_date is not null then 'completed'
        when x.implemented_date is not null then 'implemented'
        when d.due_to_date >= d.as_of then 'open'
        else 'missed'
    end as status
from due as d
left join done as x on x.patient_id = d.patient_id and x.stage_no = d.stage_no and x.task_code = d.task_code
order by d.patient_id, d.stage_no, d.task_code
