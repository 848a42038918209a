-- People who have a tag: those who may be contacted first, newest evidence first.
-- $tag: id of the tag; $line: filter, '' for all; $limit, $offset: the part
select
    f.patient_id,
    p.line_code as line,
    coalesce(p.stage_code, '') as stage,
    coalesce(p.owner_staff_id, '') as owner,
    cast(f.valid_from as varchar) as valid_from,
    coalesce(cast(f.valid_to as varchar), '') as valid_to,
    cast(f.evidence_count as varchar) as evidence,
    cast(round(f.confidence, 2) as varchar) as confidence,
    coalesce(strftime(timezone('Asia/Shanghai', p.last_contact_at), '%Y-%m-%d'), '') as last_contact,
    p.withheld_reason = '' as is_contactable,
    count(*) over () as people,
    count(case when p.withheld_reason = 'no_consent' then 1 end) over () as no_consent,
    count(case when p.withheld_reason = 'do_not_contact' then 1 end) over () as do_not_contact,
    count(case when p.withheld_reason = 'minor' then 1 end) over () as minor,
    count(case when p.withheld_reason = 'contact_cap' then 1 end) over () as contact_cap,
    count(case when p.withheld_reason = 'no_friend' then 1 end) over () as no_friend
from fct_patient_tags f
join dim_patients p using (patient_id)
where f.tag_id = $tag and ($line = '' or p.line_code = $line)
order by is_contactable desc, f.valid_from desc, f.patient_id
limit $limit offset $offset
