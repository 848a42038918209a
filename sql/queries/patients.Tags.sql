-- The tags of one person with their evidence.
-- $patient: patient_id
select
    t.tag_id,
    coalesce(d.name_zh, t.tag_id) as name_zh,
    coalesce(d.family, '') as family,
    coalesce(d.rule, '') as rule,
    cast(t.valid_from as varchar) as valid_from,
    cast(coalesce(t.evidence_count, 0) as bigint) as evidence_count,
    coalesce(t.confidence, 0) as confidence
from fct_patient_tags t
left join dim_tags d using (tag_id)
where t.patient_id = $patient
order by family, t.confidence desc, t.tag_id
