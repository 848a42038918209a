-- The steps of the journey that one person reached.
-- $patient: patient_id
select step_code, cast(reached_date as varchar) as reached_date
from fct_journey
where patient_id = $patient
order by step_no
