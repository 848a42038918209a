-- Whether stages are served and whether it works, by the month in which patients entered them, their care worker and
-- their service group of today: tasks due, implemented and completed, and patients who reached a goal of the stage.
-- grain: line_code, stage_code, group_code, owner_staff_id, month_start
-- inputs: fct_stage_history, fct_sop_tasks, int_patients__stages, dim_patients, ref.stages, ref.settings
-- line_code: line of disease
-- stage_code: service stage
-- group_code: service group of the patients on the business day
-- owner_staff_id: care worker who looks after the patients today, empty when nobody does
-- month_start: first day of the month of entry into the stage
-- entered_count: entries into the stage
-- due_count: tasks whose window is over
-- implemented_count: of due_count, tasks with an outreach in the window
-- completed_count: of due_count, tasks closed with a valid outcome in the window
-- followed_count: entries whose horizon is over, for stages with a goal
-- reached_count: of followed_count, entries followed by a goal stage within the horizon
with entries as (
    select
        h.*,
        g.group_code,
        p.owner_staff_id,
        t.horizon_days > 0 and h.from_date + t.horizon_days <= s.as_of as is_followed,
        s.as_of
    from fct_stage_history as h
    join int_patients__stages as g on g.patient_id = h.patient_id
    join dim_patients as p on p.patient_id = h.patient_id
    join ref.stages as t on t.line_code = h.line_code and t.stage_code = h.stage_code
    cross join ref.settings as s
),

goals as (
    select line_code, stage_code, horizon_days, unnest(string_split(goals, ';')) as goal_code
    from ref.stages
    where goals <> ''
),

reached as (
    select distinct e.patient_id, e.stage_no
    from entries as e
    join goals as g on g.line_code = e.line_code and g.stage_code = e.stage_code
    join fct_stage_history as n
        on n.patient_id = e.patient_id and n.stage_no > e.stage_no and n.stage_code = g.goal_code
        and n.from_date <= e.from_date + g.horizon_days
),

tasks as (
    select
        t.patient_id,
        t.stage_no,
        count(*) as due_count,
        count(*) filter (where t.implemented_date is not null) as implemented_count,
        count(*) filter (where t.completed_date is not null) as completed_count
    from fct_sop_tasks as t
    join ref.settings as s on t.due_to_date < s.as_of
    group by t.patient_id, t.stage_no
)

select
    e.line_code,
    e.stage_code,
    e.group_code,
    e.owner_staff_id,
    cast(date_trunc('month', e.from_date) as date) as month_start,
    count(*) as entered_count,
    cast(coalesce(sum(t.due_count), 0) as bigint) as due_count,
    cast(coalesce(sum(t.implemented_count), 0) as bigint) as implemented_count,
    cast(coalesce(sum(t.completed_count), 0) as bigint) as completed_count,
    count(*) filter (where e.is_followed) as followed_count,
    count(*) filter (where e.is_followed and r.patient_id is not null) as reached_count
from entries as e
left join tasks as t on t.patient_id = e.patient_id and t.stage_no = e.stage_no
left join reached as r on r.patient_id = e.patient_id and r.stage_no = e.stage_no
group by e.line_code, e.stage_code, e.group_code, e.owner_staff_id, cast(date_trunc('month', e.from_date) as date)
order by e.line_code, e.stage_code, e.group_code, e.owner_staff_id, month_start
