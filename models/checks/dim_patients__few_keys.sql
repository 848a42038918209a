-- A person of more than 20 keys: probably a shared phone or account joins strangers. Look at the links of the person.
-- severity: warn
-- denominator: dim_patients
-- inputs: dim_patients
select patient_id
from dim_patients
where key_count > 20
