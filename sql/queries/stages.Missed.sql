-- People with a task of a stage that nobody did in its window: those who may be contacted first, newest first.
-- $stage: stage; $line, $owner: filters, '' for all; $limit, $offset: the part
select
    f.patient_id,
    f.line_code as line,
    f.stage_code as stage,
    f.task_code as task,
    coalesce(p.owner_staff_id, '') as owner,
    cast(f.due_from_date as varchar) as due_from,
    cast(f.due_to_date as varchar) as due_to,
    coalesce(strftime(timezone('Asia/Shanghai', p.last_contact_at), '%Y-%m-%d'), '') as last_contact,
    p.withheld_reason = '' as is_contactable,
    count(*) over () as people,
    count(case when p.withheld_reason = 'no_consent' then 1 end) over () as no_consent,
    count(case when p.withheld_reason = 'do_not_contact' then 1 end) over () as do_not_contact,
    count(case when p.withheld_reason = 'minor' then 1 end) over () as minor,
    count(case when p.withheld_reason = 'contact_cap' then 1 end) over () as contact_cap,
    count(case when p.withheld_reason = 'no_friend' then 1 end) over () as no_friend
from fct_sop_tasks f
join dim_patients p using (patient_id)
where f.status = 'missed' and f.stage_code = $stage and ($line = '' or f.line_code = $line) and ($owner = '' or p.owner_staff_id = $owner)
order by is_contactable desc, f.due_to_date desc, f.patient_id, f.task_code, f.stage_no
limit $limit offset $offset
