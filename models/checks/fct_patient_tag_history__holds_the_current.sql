-- A tag of the business day that the history of tags lacks, or calls ended. The two are made of the same evidence.
-- severity: error
-- denominator: fct_patient_tags
-- inputs: fct_patient_tags, fct_patient_tag_history
select t.patient_id, t.tag_id
from fct_patient_tags as t
anti join (select * from fct_patient_tag_history where state = 'current') as h on h.patient_id = t.patient_id and h.tag_id = t.tag_id
