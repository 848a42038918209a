-- Whom to call: tasks that were missed in the last 30 days and open ones, one row each: due by tomorrow first, then
-- overdue, then open; those with a severe alert first in each.
-- $line, $owner, $task, $state (due, overdue, open): filters, '' for all; $limit, $offset: the part
with work as materialized (
    select
        f.patient_id,
        case when f.status = 'missed' then 'overdue' when f.due_to_date - b.as_of <= 1 then 'due' else 'open' end as work_state,
        f.task_code,
        f.stage_no,
        f.due_from_date,
        f.due_to_date,
        b.as_of
    from fct_sop_tasks f
    cross join meta.builds b
    where (f.status = 'open' or f.status = 'missed' and f.due_to_date >= b.as_of - 30) and ($line = '' or f.line_code = $line) and ($task = '' or f.task_code = $task)
        and ($owner = '' or f.patient_id in (select patient_id from dim_patients where owner_staff_id = $owner))
),

totals as (
    select
        count(*) as people,
        count(*) filter (where p.withheld_reason = 'no_consent') as no_consent,
        count(*) filter (where p.withheld_reason = 'do_not_contact') as do_not_contact,
        count(*) filter (where p.withheld_reason = 'minor') as minor,
        count(*) filter (where p.withheld_reason = 'contact_cap') as contact_cap,
        count(*) filter (where p.withheld_reason = 'no_friend') as no_friend
    from work f
    join dim_patients p using (patient_id)
    where $state = '' or f.work_state = $state
),

part as (
    select f.*, coalesce(a.worst, '') as severity
    from work f
    left join (select patient_id, min(severity) filter (where severity in ('high', 'medium')) as worst from fct_alerts group by patient_id) a on a.patient_id = f.patient_id
    where $state = '' or f.work_state = $state
    order by case f.work_state when 'due' then 1 when 'overdue' then 2 else 3 end, coalesce(a.worst, 'z'), f.due_to_date, f.patient_id, f.task_code, f.stage_no
    limit $limit offset $offset
)

select
    f.patient_id,
    f.work_state as state,
    f.task_code as task,
    cast(f.due_from_date as varchar) as due_from,
    cast(f.due_to_date as varchar) as due_to,
    cast(greatest(0, f.as_of - f.due_to_date) as varchar) as days_late,
    f.severity,
    p.line_code as line,
    coalesce(p.stage_code, '') as stage,
    coalesce(p.owner_staff_id, '') as owner,
    coalesce(strftime(timezone('Asia/Shanghai', p.last_contact_at), '%Y-%m-%d'), '') as last_contact,
    p.withheld_reason = '' as is_contactable,
    t.people,
    t.no_consent,
    t.do_not_contact,
    t.minor,
    t.contact_cap,
    t.no_friend
from part f
join dim_patients p on p.patient_id = f.patient_id
cross join totals t
order by case f.work_state when 'due' then 1 when 'overdue' then 2 else 3 end, case when f.severity = '' then 'z' else f.severity end, f.due_to_date, f.patient_id, f.task_code, f.stage_no
