-- What needs somebody today, patient by patient: medicine that runs out or has run out, an adverse reaction that was
-- told, a dangerous reading that nobody acknowledged, an overdue task, a course that ends or has broken off, and patients
-- whom nobody has contacted. Patients who died, left or do not want to be contacted are left out of all but the adverse
-- reactions and readings.
-- grain: patient_id, alert_code
-- inputs: fct_refills, fct_courses, dim_patients, int_findings__statements, int_activities__events, int_chats__messages, fct_sop_tasks, ref.settings
-- by: patient_id
-- patient_id: the person
-- alert_code: refill_due (runs out within 7 days), refill_overdue (1 to 60 days without), adverse_reaction (last 14 days),
--    reading_open (raised in the last 30 days and not acknowledged for the same reason), task_open (a window of the procedure
--    is open and nothing was done), course_ending (the last 14 days of a course), course_stalled (no session for 14 days) or
--    no_contact (a friend or buyer whom the care team has not written to or called for 60 days)
-- severity: high, medium or low; the worst when several lines of disease give the alert
-- since_date: since when, the earliest; for refill_due when the supply ends
-- owner_staff_id: care worker who looks after the person, empty when nobody does
-- last_event_id: newest event behind it, empty when it rests on a state
with severities (severity, severity_no) as (
    values ('high', 3), ('medium', 2), ('low', 1)
),

reachable as (
    select patient_id
    from dim_patients
    where stage_code <> 'exit' and not has_do_not_contact
),

outreaches as (
    select patient_id, max(event_date) as event_date
    from (
        select patient_id, event_date from int_chats__messages where speaker = 'staff' and room_key = ''
        union all
        select patient_id, event_date from int_activities__events where activity_type in ('task_started', 'call_back')
    )
    group by patient_id
),

readings as (
    select
        e.patient_id,
        e.activity_type,
        coalesce(json_extract_string(nullif(e.attributes, ''), '$.reason'), '') as reason,
        e.event_date,
        e.event_at,
        e.event_id
    from int_activities__events as e
    join ref.settings as s on e.event_date > s.as_of - 30
    where e.activity_type in ('alert_raised', 'alert_ack')
),

raised as (
    select
        r.patient_id,
        min(r.event_date) as since_date,
        max_by(r.event_id, (r.event_at, r.event_id)) as last_event_id
    from readings as r
    anti join readings as a
        on a.patient_id = r.patient_id and a.activity_type = 'alert_ack' and a.reason = r.reason and a.event_at >= r.event_at
    where r.activity_type = 'alert_raised'
    group by r.patient_id
),

alerts as (
    select f.patient_id, case when f.days_late = 0 then 'refill_due' else 'refill_overdue' end as alert_code,
        case when f.days_late > 7 then 'medium' else 'low' end as severity, f.run_out_date as since_date, '' as last_event_id
    from fct_refills as f
    join ref.settings as s on f.run_out_date between s.as_of - 59 and s.as_of + 7
    semi join reachable as p on p.patient_id = f.patient_id
    where f.drug_class_code = '' and f.refill_band <> 'gone'
    union all
    select f.patient_id, 'adverse_reaction', 'high', min(f.event_date), max_by(f.event_id, (f.event_at, f.event_id))
    from int_findings__statements as f
    join ref.settings as s on f.event_date > s.as_of - 14
    where f.kind = 'reaction' and f.status = 'present' and f.subject = 'self' and f.speaker = 'patient'
    group by f.patient_id
    union all
    select patient_id, 'reading_open', 'high', since_date, last_event_id
    from raised
    union all
    select t.patient_id, 'task_open', 'low', min(t.due_from_date), ''
    from fct_sop_tasks as t
    semi join reachable as p on p.patient_id = t.patient_id
    where t.status = 'open'
    group by t.patient_id
    union all
    select c.patient_id, 'course_' || c.status, case c.status when 'stalled' then 'medium' else 'low' end,
        case c.status when 'stalled' then c.last_session_date else c.planned_end_date - 14 end, c.last_event_id
    from fct_courses as c
    semi join reachable as p on p.patient_id = c.patient_id
    where c.status in ('ending', 'stalled')
    union all
    select p.patient_id, 'no_contact', 'low', coalesce(o.event_date, local_date(p.first_contact_at)), ''
    from dim_patients as p
    join ref.settings as s on true
    semi join reachable as q on q.patient_id = p.patient_id
    left join outreaches as o on o.patient_id = p.patient_id
    where p.stage_code not in ('lead', 'exit') and coalesce(o.event_date, local_date(p.first_contact_at)) <= s.as_of - 60
)

select
    a.patient_id,
    a.alert_code,
    max_by(a.severity, v.severity_no) as severity,
    min(a.since_date) as since_date,
    any_value(p.owner_staff_id) as owner_staff_id,
    max(a.last_event_id) as last_event_id
from alerts as a
join severities as v on v.severity = a.severity
join dim_patients as p on p.patient_id = a.patient_id
group by a.patient_id, a.alert_code
order by a.patient_id, a.alert_code
