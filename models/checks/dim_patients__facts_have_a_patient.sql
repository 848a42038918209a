-- A fact of a person who is not among the patients.
-- severity: error
-- denominator: fct_timeline
-- inputs: fct_timeline, fct_fills, fct_patient_tags, dim_patients
with people as (
    select distinct patient_id from fct_timeline
    union
    select distinct patient_id from fct_fills
    union
    select distinct patient_id from fct_patient_tags
)

select p.patient_id
from people as p
anti join dim_patients as d on d.patient_id = p.patient_id
