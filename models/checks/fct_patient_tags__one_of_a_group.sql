-- A patient has two tags of one exclusive group.
-- severity: error
-- denominator: fct_patient_tags
-- inputs: fct_patient_tags, dim_tags
select g.patient_id, t.excl_group
from fct_patient_tags as g
join dim_tags as t on t.tag_id = g.tag_id
where t.excl_group <> ''
group by g.patient_id, t.excl_group
having count(*) > 1
