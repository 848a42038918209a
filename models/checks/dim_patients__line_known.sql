-- A patient without a line of disease: no event of theirs says one. Set a line where the source is configured.
-- severity: warn
-- denominator: dim_patients
-- inputs: dim_patients
select patient_id
from dim_patients
where line_code = ''
