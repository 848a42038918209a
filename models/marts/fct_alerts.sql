-- What needs somebody today, patient by patient: medicine that runs out or has run out, an adverse reaction that was
-- told, a dangerous reading that nobody acknowledged, an overdue task, and patients whom nobody has contacted. Patients
-- who died, left or do not want to be contacted are left out of all but the adverse reactions and readings.
-- grain: patient_id, alert_code
-- inputs: fct_refills, dim_patients, int_findings__statements, int_activities__events, int_chats__messages, fct_sop_tasks, ref.settings
-- patient_id: the person
-- alert_code: refill_due (runs out within 7 days), refill_overdue (1 to 60 days without), adverse_reaction (last 14 days),
--    reading_open (raised in the last 30 days and not acknowledged), task_open (a window of the procedure is open and
--    nothing was done) or no_contact (a friend or buyer whom the care team has not written to or called for 60 days)
-- severity: high, medium or low
-- since_date: since when
-- owner_staff_id: care worker who looks after the person, empty when nobody does
-- last_event_id: newest event behind it, empty when it rests on a state
with reachable as (
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

raised as (
    select
        r.patient_id,
        min(r.event_date) as since_date,
        max_by(r.event_id, (r.event_at, r.event_id)) as last_event_id
    from int_activities__events as r
    join ref.settings as s on r.event_date > s.as_of - 30
    anti join int_activities__events as a
        on a.patient_id = r.patient_id and a.activity_type = 'alert_ack' and a.event_at >= r.event_at
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
    select p.patient_id, 'no_contact', 'low', coalesce(o.event_date, cast(p.first_contact_at as date)), ''
    from dim_patients as p
    join ref.settings as s on true
    semi join reachable as q on q.patient_id = p.patient_id
    left join outreaches as o on o.patient_id = p.patient_id
    where p.stage_code not in ('lead', 'exit') and coalesce(o.event_date, date '1970-01-01') <= s.as_of - 60
)

select
    a.patient_id,
    a.alert_code,
    min(a.severity) as severity,
    min(a.since_date) as since_date,
    any_value(p.owner_staff_id) as owner_staff_id,
    max(a.last_event_id) as last_event_id
from alerts as a
join dim_patients as p on p.patient_id = a.patient_id
group by a.patient_id, a.alert_code
order by a.patient_id, a.alert_code
