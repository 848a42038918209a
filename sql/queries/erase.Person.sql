-- All keys of the people who have one of these keys, in the last build.
-- $keys: patient keys joined by ";"
select patient_key
from dim_patient_keys
where patient_id in (
    select patient_id
    from dim_patient_keys
    where list_contains(string_split($keys, ';'), patient_key)
)
order by patient_key
