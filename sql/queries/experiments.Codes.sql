-- The experiments that there are, those with the most people first.
select experiment_code
from fct_experiment_patients
group by experiment_code
order by count(*) desc, experiment_code
