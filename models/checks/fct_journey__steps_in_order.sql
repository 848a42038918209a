-- A step of a funnel without the step before it, or before the day of the step before it.
-- severity: error
-- denominator: fct_journey
-- inputs: fct_journey
select j.patient_id, j.funnel_code, j.line_code, j.step_no
from fct_journey as j
left join fct_journey as b
    on b.patient_id = j.patient_id and b.funnel_code = j.funnel_code and b.line_code = j.line_code and b.step_no = j.step_no - 1
where j.step_no > 1 and (b.step_no is null or b.reached_date > j.reached_date)
