-- title_zh: 持续用药曲线
-- title_en: Kaplan-Meier curve of persistence
-- question: The curve of one line with its interval and the number at risk.
select time_days, at_risk_count, event_count, censored_count, survival_ratio, lower_ratio, upper_ratio
from fct_survival_curve
where measure_code = 'persistence' and line_code = 'htn' and drug_class_code = '' and grace_days = 60 and segment_by = 'all'
order by time_days
