-- Within which limits a measured value is in target, by kind, circumstances and risk, with the guideline that says so. A value
-- below the low limit is low, one at or above the high limit is high.
-- grain: kind, context, risk_code
-- inputs: ref.lines
-- kind: kind of measurement, as in fct_measurements
-- context: home, office, fasting, after_meal or empty; blood pressure that is not marked as office was measured at home
-- risk_code: very_high for patients with a diagnosis of atherosclerotic disease (ICD-10 I20 to I25, I63, I70), else usual
-- line_code: line of disease that watches it, empty for all
-- line_name_zh: its Chinese name
-- low_limit: lowest value in target, empty without one
-- high_limit: first value above target, empty without one
-- unit: unit of the limits
-- guideline: where they come from
with targets (kind, context, risk_code, line_code, low_limit, high_limit, unit, guideline) as (
    values
        ('bp_systolic', 'home', 'usual', 'htn', 90.0, 135.0, 'mmHg', 'Chinese guidelines for hypertension, 2024 revision'),
        ('bp_systolic', 'office', 'usual', 'htn', 90.0, 140.0, 'mmHg', 'Chinese guidelines for hypertension, 2024 revision'),
        ('bp_diastolic', 'home', 'usual', 'htn', 60.0, 85.0, 'mmHg', 'Chinese guidelines for hypertension, 2024 revision'),
        ('bp_diastolic', 'office', 'usual', 'htn', 60.0, 90.0, 'mmHg', 'Chinese guidelines for hypertension, 2024 revision'),
        ('glucose', 'fasting', 'usual', 'dm', 3.9, 7.0, 'mmol/L', 'Chinese guideline for diabetes, 2024 edition'),
        ('glucose', 'after_meal', 'usual', 'dm', 3.9, 10.0, 'mmol/L', 'Chinese guideline for diabetes, 2024 edition'),
        ('glucose', '', 'usual', 'dm', 3.9, 10.0, 'mmol/L', 'Chinese guideline for diabetes, 2024 edition'),
        ('hba1c', '', 'usual', 'dm', null, 7.0, '%', 'Chinese guideline for diabetes, 2024 edition'),
        ('ldl', '', 'usual', '', null, 2.6, 'mmol/L', 'Chinese guideline for lipid management, 2023'),
        ('ldl', '', 'very_high', '', null, 1.8, 'mmol/L', 'Chinese guideline for lipid management, 2023'),
        ('egfr', '', 'usual', '', 60.0, null, 'mL/min/1.73m2', 'KDIGO 2024, chronic kidney disease'),
        ('uacr', '', 'usual', '', null, 30.0, 'mg/g', 'KDIGO 2024, chronic kidney disease'),
        ('bmi', '', 'usual', '', 18.5, 24.0, 'kg/m2', 'WS/T 428-2013, weight of adults'),
        ('lvef', '', 'usual', 'bc', 50.0, null, '%', 'ESC 2022, cardio-oncology'),
        ('tscore', '', 'usual', '', -2.5, null, 'SD', 'WHO 1994, osteoporosis')
)

select
    t.kind,
    t.context,
    t.risk_code,
    t.line_code,
    coalesce(l.name_zh, '') as line_name_zh,
    cast(t.low_limit as double) as low_limit,
    cast(t.high_limit as double) as high_limit,
    t.unit,
    t.guideline
from targets as t
left join ref.lines as l on l.line_code = t.line_code
order by t.kind, t.context, t.risk_code
