-- The people who are in every segment of a combination and in no other of those compared.
-- The statement of the people of the segments takes the place of a parameter; mask: the combination; limit, offset: the part
select
    p.patient_id,
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
from (select patient_id from ($memberships) group by patient_id having sum(bit) = $mask)
join dim_patients p using (patient_id)
order by p.last_contact_at desc nulls last, p.patient_id
limit $limit offset $offset
