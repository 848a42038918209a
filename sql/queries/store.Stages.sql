-- The service stages in use.
select distinct stage_code
from dim_patients
where stage_code <> ''
order by stage_code
