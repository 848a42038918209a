-- title_zh: 22周项目效果
-- title_en: Effect of the 22-week programme
-- question: Is the experiment sound, and did adherence differ between the arms?
select measure_code, kind, control_count, treatment_count, difference, lower_difference, upper_difference, smd, p_value
from fct_experiment_results
order by kind, measure_code
