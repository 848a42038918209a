-- The arms of an experiment differ in size more than chance allows (p below 0.001): look at how people are assigned, or lost,
-- before anything else of the experiment is read.
-- severity: warn
-- denominator: fct_experiment_results
-- inputs: fct_experiment_results
select experiment_code, control_count, treatment_count, p_value
from fct_experiment_results
where measure_code = 'arms' and p_value < 0.001
