-- The work of the standard procedure in three tables, each by what it names: by task, by care worker, and by the days from
-- the start of a window to the first work on it. Tasks that must be done by tomorrow, other open ones and those missed in
-- the last 30 days; of the windows that ended in the period, how many were implemented and completed; of those that ended
-- in the last 90 days, how many were worked on.
-- $line, $owner: filters, '' for all; $from, $to: first and last day on which a window of the period ends
with work as (
    select
        f.task_code,
        coalesce(p.owner_staff_id, '') as owner,
        case when f.implemented_date is not null and f.due_to_date >= b.as_of - 90 then cast(least(15, f.implemented_date - f.due_from_date) as bigint) end as days,
        case
            when f.status = 'open' and f.due_to_date - b.as_of <= 1 then 'due'
            when f.status = 'open' then 'open'
            when f.status = 'missed' and f.due_to_date >= b.as_of - 30 then 'overdue'
        end as work_state,
        f.due_to_date between cast($from as date) and cast($to as date) as is_ended,
        f.implemented_date is not null as is_implemented,
        f.completed_date is not null as is_completed
    from fct_sop_tasks f
    join dim_patients p using (patient_id)
    cross join meta.builds b
    where ($line = '' or f.line_code = $line) and ($owner = '' or p.owner_staff_id = $owner)
)

select
    case when grouping(task_code) = 0 then 'task' when grouping(owner) = 0 then 'owner' else 'days' end as kind,
    coalesce(task_code, owner, cast(days as varchar)) as name,
    count(*) filter (where work_state = 'due') as due,
    count(*) filter (where work_state = 'open') as open,
    count(*) filter (where work_state = 'overdue') as overdue,
    count(*) filter (where is_ended) as ended,
    count(*) filter (where is_ended and is_implemented) as implemented,
    count(*) filter (where is_ended and is_completed) as completed,
    count(*) as tasks
from work
group by grouping sets ((task_code), (owner), (days))
having grouping(days) = 1 or days is not null
order by kind, case when grouping(owner) = 0 then -count(*) filter (where work_state in ('due', 'overdue')) else days end, name
