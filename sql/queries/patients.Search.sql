-- People by the first characters of their id, or those with the latest contact when nothing is asked for.
-- $prefix: first characters, '' for all; $line: filter, '' for all; $limit: rows
select
    patient_id,
    line_code,
    coalesce(stage_code, '') as stage_code,
    coalesce(owner_staff_id, '') as owner_staff_id,
    cast(coalesce(tag_count, 0) as bigint) as tag_count,
    coalesce(strftime(timezone('Asia/Shanghai', last_contact_at), '%Y-%m-%d'), '') as last_contact_date,
    count(*) over () as total
from dim_patients
where starts_with(patient_id, $prefix) and ($line = '' or line_code = $line)
order by last_contact_at desc nulls last, patient_id
limit $limit
