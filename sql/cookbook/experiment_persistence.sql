-- title_zh: 实验各组的持续用药曲线
-- title_en: Persistence by arm of an experiment
-- question: How many patients of each arm are still on therapy so many days after the assignment?
select segment_by as experiment_code, segment as arm, time_days, at_risk_count, event_count, survival_ratio, lower_ratio, upper_ratio
from fct_survival_curve
where measure_code = 'experiment'
order by experiment_code, arm, time_days
