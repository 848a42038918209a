-- Courses of patients: the 22-week programme from the assignment to the treated arm (or the first session), week by week
-- to its end after 154 days.
-- grain: patient_id, course_code
-- inputs: int_activities__events, dim_patients, ref.settings
-- by: patient_id
-- patient_id: the person
-- course_code: programme, as icbt_22w; default when the events name none
-- line_code: line of disease of the person
-- owner_staff_id: care worker who looks after the person
-- start_date: day of the assignment, else of the first session less 7 days
-- planned_end_date: start_date + 154 days
-- week_no: week of the course on the business day, 1 to 22
-- week_count: different weeks with a session
-- last_session_date: newest session, empty without one
-- last_event_id: event of the newest session or of the assignment
-- status: running, ending (the last 14 days), stalled (no session for 14 days), done (18 weeks or more and over or without a session
--    for 14 days, or all 22) or over (its time has passed with fewer weeks)
with events as (
    select
        patient_id,
        coalesce(nullif(json_extract_string(nullif(attributes, ''), '$.experiment'), ''), 'default') as course_code,
        activity_type = 'icbt_session_done' as is_session,
        activity_type = 'experiment_assigned' and json_extract_string(nullif(attributes, ''), '$.arm') = 'treatment' as is_start,
        coalesce(json_extract_string(nullif(attributes, ''), '$.week'), cast(event_date as varchar)) as week,
        event_date,
        event_at,
        event_id
    from int_activities__events
    where activity_type in ('icbt_session_done', 'experiment_assigned')
),

courses as (
    select
        patient_id,
        course_code,
        coalesce(min(event_date) filter (where is_start), min(event_date) filter (where is_session) - 7) as start_date,
        count(distinct week) filter (where is_session) as week_count,
        max(event_date) filter (where is_session) as last_session_date,
        max_by(event_id, (event_at, event_id)) filter (where is_session or is_start) as last_event_id
    from events
    group by patient_id, course_code
    having count(*) filter (where is_session) > 0
)

select
    c.patient_id,
    c.course_code,
    p.line_code,
    p.owner_staff_id,
    c.start_date,
    c.start_date + 154 as planned_end_date,
    cast(least(22, greatest(1, ceil((s.as_of - c.start_date) / 7))) as integer) as week_no,
    cast(c.week_count as integer) as week_count,
    c.last_session_date,
    c.last_event_id,
    case
        when c.week_count >= 22 or c.week_count >= 18 and (s.as_of > c.start_date + 154 or s.as_of - c.last_session_date >= 14) then 'done'
        when s.as_of > c.start_date + 154 then 'over'
        when s.as_of - c.last_session_date >= 14 then 'stalled'
        when s.as_of > c.start_date + 140 then 'ending'
        else 'running'
    end as status
from courses as c
join dim_patients as p on p.patient_id = c.patient_id
cross join ref.settings as s
order by c.patient_id, c.course_code
