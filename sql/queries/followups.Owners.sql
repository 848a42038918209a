-- The work of each care worker: tasks due by tomorrow, open and overdue.
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
    coalesce(person_owner, '') as owner,
    count(*) filter (where work_state = 'due') as due,
    count(*) filter (where work_state = 'open') as open,
    count(*) filter (where work_state = 'overdue') as overdue
from work
group by owner
having count(work_state) > 0
order by overdue + due desc, owner
