-- Which of these keys the last build knows, also as those of nobody: a phone that people share.
-- $keys: patient keys joined by ";"
select patient_key
from (
    select patient_key from dim_patient_keys
    union
    select patient_key from fct_identity_conflicts
)
where list_contains(string_split($keys, ';'), patient_key)
order by patient_key
