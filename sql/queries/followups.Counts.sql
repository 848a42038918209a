-- The work of the standard procedure: tasks that must be done by tomorrow, other open ones, and those missed in the
-- last 30 days; and of the tasks whose window ended in these 30 days, how many were implemented and completed.
-- $line, $owner: filters, '' for all
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
    task_code,
    count(*) filter (where work_state = 'due') as due,
    count(*) filter (where work_state = 'open') as open,
    count(*) filter (where work_state = 'overdue') as overdue,
    count(*) filter (where due_to_date between as_of - 30 and as_of - 1) as ended,
    count(*) filter (where due_to_date between as_of - 30 and as_of - 1 and implemented_date is not null) as implemented,
    count(*) filter (where due_to_date between as_of - 30 and as_of - 1 and completed_date is not null) as completed
from work
group by task_code
order by task_code
