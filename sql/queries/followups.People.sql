-- Whom to call: tasks that were missed in the last 30 days and open ones, one row each: due by tomorrow first, then
-- overdue, then open; those with a severe alert first in each.
-- $line, $owner, $task, $state (due, overdue, open): filters, '' for all; $limit, $offset: the part
with work as (
    select
        f.*,
        p.line_code as person_line,
        p.stage_code as person_stage,
        p.owner_staff_id as person_owner,
        b.as_of,
        case
            when f.status = 'open' and f.due_to_date - b.as_of <= 1 then 'due'
            when f.status = 'open' then 'open'
            when f.status = 'missed' and f.due_to_date >= b.as_of - 30 then 'overdue'
        end as work_state
    from fct_sop_tasks f
    join dim_patients p using (patient_id)
    cross join meta.builds b
    where ($line = '' or f.line_code = $line) and ($owner = '' or p.owner_staff_id = $owner)
)

select
    f.patient_id,
    f.work_state as state,
    f.task_code as task,
    cast(f.due_from_date as varchar) as due_from,
    cast(f.due_to_date as varchar) as due_to,
    cast(greatest(0, f.as_of - f.due_to_date) as varchar) as days_late,
    coalesce(a.worst, '') as severity,
    f.person_line as line,
    coalesce(f.person_stage, '') as stage,
    coalesce(f.person_owner, '') as owner,
    coalesce(strftime(timezone('Asia/Shanghai', p.last_contact_at), '%Y-%m-%d'), '') as last_contact,
    coalesce(p.has_service_consent and not p.has_do_not_contact, false) as is_contactable,
    count(*) over () as people,
    count(*) filter (where not coalesce(p.has_service_consent, false)) over () as no_consent,
    count(*) filter (where p.has_service_consent and p.has_do_not_contact) over () as do_not_contact
from work f
join dim_patients p on p.patient_id = f.patient_id
left join (select patient_id, min(severity) filter (where severity in ('high', 'medium')) as worst from fct_alerts group by patient_id) a on a.patient_id = f.patient_id
where f.work_state is not null and ($task = '' or f.task_code = $task) and ($state = '' or f.work_state = $state)
order by case f.work_state when 'due' then 1 when 'overdue' then 2 else 3 end, coalesce(a.worst, 'z'), f.due_to_date, f.patient_id, f.task_code, f.stage_no
limit $limit offset $offset
