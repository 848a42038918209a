-- title_zh: 持续用药率
-- title_en: Persistence by line and gap
-- question: What share is still on therapy after half a year and a year, for each permissible gap?
select line_code, grace_days, patient_count, event_count, median_days, survival_180_ratio, at_risk_180_count, survival_365_ratio, at_risk_365_count
from fct_survival_summary
where measure_code = 'persistence' and segment_by = 'all' and drug_class_code = ''
order by line_code, grace_days
