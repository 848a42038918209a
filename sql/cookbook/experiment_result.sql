-- title_zh: 实验效果
-- title_en: Effect of an experiment
-- question: Is each experiment sound, and did adherence and persistence differ between its arms?
select experiment_code, measure_code, kind, control_count, treatment_count, control_mean, treatment_mean, difference, lower_difference, upper_difference, smd, variance_ratio, p_value
from fct_experiment_results
order by experiment_code, kind, measure_code
