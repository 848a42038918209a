-- Tags of the service: stage, life cycle, tasks, ownership and the 22-week programme.
-- Escalated: a task or alert with role doctor of the last 14 days, not closed or acknowledged by a later event.
-- A task is done when it was closed with an outcome. It is open until task_closed with the same task id (attribute task, else any); it is due on due_at.
-- grain: patient_id, tag_id
-- inputs: int_patients__stages, int_patients__contacts, int_patients__relations, int_activities__events, ref.settings
-- by: patient_id
-- due: select patient_id from int_patients__contacts
--    where first_date + 31 between $last and $day or first_date + 181 between $last and $day or last_date + 31 between $last and $day or last_date + 91 between $last and $day
--    union all select patient_id from int_activities__events
--    where activity_type in ('task_created', 'task_closed', 'alert_raised', 'icbt_session_done')
--        and (event_date + 7 between $last and $day or event_date + 14 between $last and $day or event_date + 154 between $last and $day
--        or try_cast(left(json_extract_string(attributes, '$.due_at'), 10) as date) between $last and $day)
-- view: one reader
-- gives: stage_lead, stage_onboard, stage_nurture, stage_initiate, stage_consolidate, stage_maintain, stage_intervene, stage_winback,
--    stage_exit, life_new, life_growth, life_mature, life_decline, life_lost, task_due_today, task_overdue, task_done_7d, no_owner,
--    prog_22w_active, prog_22w_stalled, prog_22w_done, escalated_doctor
with lives as (
    select
        c.patient_id,
        c.first_date,
        c.last_date,
        s.as_of - c.first_date as known_days,
        s.as_of - c.last_date as silent_days
    from int_patients__contacts as c
    cross join ref.settings as s
),

tasks as (
    select
        patient_id,
        coalesce(nullif(json_extract_string(attributes, '$.task'), ''), '-') as task,
        max(try_cast(left(json_extract_string(attributes, '$.due_at'), 10) as date)) as due_date,
        max(event_at) filter (where activity_type = 'task_created') as created_at,
        max(event_at) filter (where activity_type = 'task_closed') as closed_at,
        max(event_date) filter (
            where activity_type = 'task_closed' and coalesce(json_extract_string(attributes, '$.outcome'), '') <> ''
        ) as closed_date
    from int_activities__events
    where activity_type in ('task_created', 'task_closed')
    group by patient_id, coalesce(nullif(json_extract_string(attributes, '$.task'), ''), '-')
),

workloads as (
    select
        t.patient_id,
        min(t.due_date) filter (where t.due_date <= s.as_of and coalesce(t.closed_at < t.created_at, true)) as due_date,
        max(t.closed_date) as closed_date,
        bool_or(t.due_date < s.as_of and coalesce(t.closed_at < t.created_at, true)) as is_overdue,
        bool_or(t.due_date = s.as_of and coalesce(t.closed_at < t.created_at, true)) as is_due,
        bool_or(coalesce(t.closed_at < t.created_at, t.created_at is not null)) as is_open,
        bool_or(t.closed_date > s.as_of - 7) as is_done
    from tasks as t
    cross join ref.settings as s
    group by t.patient_id
),

-- Sessions of the 22-week programme; the week of the newest session tells how far the patient is.
programmes as (
    select
        e.patient_id,
        count(distinct coalesce(json_extract_string(e.attributes, '$.week'), cast(e.event_date as varchar))) as week_count,
        min(e.event_date) as start_date,
        max(e.event_date) as last_date,
        any_value(s.as_of) as as_of
    from int_activities__events as e
    cross join ref.settings as s
    where e.activity_type = 'icbt_session_done'
    group by e.patient_id
),

escalations as (
    select e.patient_id, min(e.event_date) as raised_date
    from int_activities__events as e
    join ref.settings as s on e.event_date > s.as_of - 14
    where e.activity_type in ('task_created', 'alert_raised') and json_extract_string(e.attributes, '$.role') = 'doctor'
        and not exists (
            select 1
            from int_activities__events as c
            where c.patient_id = e.patient_id and c.event_at > e.event_at
                and c.activity_type = case e.activity_type when 'task_created' then 'task_closed' else 'alert_ack' end
                and coalesce(json_extract_string(c.attributes, '$.task'), '') = coalesce(json_extract_string(e.attributes, '$.task'), '')
        )
    group by e.patient_id
),

tagged as (
    select patient_id, 'escalated_doctor' as tag_id, raised_date as valid_from
    from escalations
    union all
    select patient_id, 'stage_' || stage_code, since_date
    from int_patients__stages
    union all
    select
        patient_id,
        case
            when silent_days > 90 then 'life_lost'
            when known_days <= 30 then 'life_new'
            when silent_days > 30 then 'life_decline'
            when known_days <= 180 then 'life_growth'
            else 'life_mature'
        end,
        case
            when silent_days > 90 then last_date + 91
            when known_days <= 30 then first_date
            when silent_days > 30 then greatest(first_date, last_date) + 31
            when known_days <= 180 then first_date + 31
            else first_date + 181
        end
    from lives
    union all
    select
        patient_id,
        case when is_overdue then 'task_overdue' when is_due then 'task_due_today' else 'task_done_7d' end,
        case when is_overdue then due_date + 1 when is_due then due_date else closed_date end
    from workloads
    where is_overdue or is_due or (is_done and not is_open)
    union all
    select p.patient_id, 'no_owner', p.since_date
    from int_patients__stages as p
    left join int_patients__relations as r on r.patient_id = p.patient_id
    where coalesce(r.owner_staff_id, '') = '' and p.stage_code not in ('lead', 'exit')
    union all
    select
        patient_id,
        case when week_count >= 18 then 'prog_22w_done' when as_of - last_date < 14 then 'prog_22w_active' else 'prog_22w_stalled' end,
        case when week_count >= 18 then last_date when as_of - last_date < 14 then start_date else last_date + 14 end
    from programmes
    where week_count >= 18 or as_of - start_date < 22 * 7
)

select
    g.patient_id,
    g.tag_id,
    g.valid_from,
    date '9999-12-31' as last_date,
    1 as evidence_count,
    '' as last_event_id,
    1.0 as confidence
from tagged as g
