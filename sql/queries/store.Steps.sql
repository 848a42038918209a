-- The steps of the journey in order. A step that nobody reached yet does not appear.
select cast(step_no as bigint) as step_no, min(step_code) as step_code
from fct_journey
group by step_no
order by step_no
