-- How many days after the start of their window tasks were first worked on, of the windows of the last 90 days.
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

select cast(least(15, implemented_date - due_from_date) as bigint) as days, count(*) as tasks
from work
where implemented_date is not null and due_to_date >= as_of - 90
group by days
order by days
