-- People of an arm: those who may be contacted first, fewest sessions first.
-- $experiment: code of the experiment; $arm: control or treatment; $limit, $offset: the part
select
    f.patient_id,
    f.arm,
    cast(f.assigned_date as varchar) as assigned_on,
    cast(f.session_count as varchar) as sessions,
    p.line_code as line,
    coalesce(p.stage_code, '') as stage,
    coalesce(p.owner_staff_id, '') as owner,
    coalesce(strftime(timezone('Asia/Shanghai', p.last_contact_at), '%Y-%m-%d'), '') as last_contact,
    p.withheld_reason = '' as is_contactable,
    count(*) over () as people,
    count(case when p.withheld_reason = 'no_consent' then 1 end) over () as no_consent,
    count(case when p.withheld_reason = 'do_not_contact' then 1 end) over () as do_not_contact,
    count(case when p.withheld_reason = 'minor' then 1 end) over () as minor,
    count(case when p.withheld_reason = 'contact_cap' then 1 end) over () as contact_cap,
    count(case when p.withheld_reason = 'no_friend' then 1 end) over () as no_friend
from fct_experiment_patients f
join dim_patients p using (patient_id)
where f.experiment_code = $experiment and f.arm = $arm
order by is_contactable desc, f.session_count, f.patient_id
limit $limit offset $offset
