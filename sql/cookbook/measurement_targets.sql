-- title_zh: 指标目标值
-- title_en: Targets of measurements
-- question: Within which limits is a value in target, and which guideline says so?
select kind, context, risk_code, line_code, low_limit, high_limit, unit, guideline
from dim_measurement_targets
order by kind, context, risk_code
