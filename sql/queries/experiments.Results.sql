-- Whether the experiment is sound and what it did: one row for each measure; means, differences with their 95 %
-- interval, standardised difference and variance ratio.
-- $experiment: code of the experiment
select
    measure_code, kind, control_count, treatment_count,
    control_mean, treatment_mean, difference, lower_difference, upper_difference, smd, variance_ratio, p_value
from fct_experiment_results
where experiment_code = $experiment
order by case kind when 'arms' then 1 when 'baseline' then 2 else 3 end, measure_code
