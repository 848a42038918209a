-- The people who reached the step before $step but not $step itself, those who may be contacted first, then longest lost first.
-- $line: filter, '' for all; $step: step code; $limit, $offset: the page
with steps as (
    select j.patient_id, j.line_code, max(j.step_no) as last_step_no, max(j.reached_date) as last_step_date, max_by(j.step_code, j.step_no) as last_step_code
    from fct_journey j
    where $line = '' or j.line_code = $line
    group by j.patient_id, j.line_code
)

select
    s.patient_id,
    s.line_code,
    s.last_step_code,
    cast(s.last_step_date as varchar) as last_step_date,
    cast((select as_of from meta.builds) - s.last_step_date as bigint) as days_lost,
    coalesce(p.stage_code, '') as stage_code,
    coalesce(p.owner_staff_id, '') as owner_staff_id,
    coalesce(strftime(timezone('Asia/Shanghai', p.last_contact_at), '%Y-%m-%d'), '') as last_contact_date,
    p.withheld_reason = '' as is_contactable,
    count(*) over () as total
from steps s
join dim_patients p using (patient_id)
where s.last_step_no + 1 = (select min(step_no) from fct_journey where step_code = $step)
order by is_contactable desc, s.last_step_date, s.patient_id
limit $limit offset $offset
