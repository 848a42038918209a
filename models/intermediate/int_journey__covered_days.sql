-- Supply of a line of disease as intervals, for funnel steps that ask for a covered day.
-- grain: patient_id, line_code, supply_start_date, supply_end_date
-- inputs: int_fills__accepted
-- by: patient_id
select distinct
    patient_id,
    drug_line_code as line_code,
    supply_start_date,
    supply_end_date
from int_fills__accepted
