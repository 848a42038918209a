-- A measure of adherence in a class of which the patient has no accepted fill of a drug that counts for it.
-- severity: error
-- denominator: select count(*) from (select distinct patient_id, drug_class_code from fct_adherence)
-- inputs: fct_adherence, fct_fills, int_drugs__targets
with filled as (
    select distinct f.patient_id, t.drug_class_code
    from fct_fills as f
    join int_drugs__targets as t on t.drug_code = f.drug_code
)

select distinct a.patient_id, a.drug_class_code
from fct_adherence as a
anti join filled as f on f.patient_id = a.patient_id and f.drug_class_code = a.drug_class_code
