-- Keys that links of the lake join to these keys.
-- $keys: patient keys joined by ";"
select distinct case when list_contains(string_split($keys, ';'), patient_key) then linked_key else patient_key end as patient_key
from lake.links
where list_contains(string_split($keys, ';'), patient_key) or list_contains(string_split($keys, ';'), linked_key)
order by patient_key
