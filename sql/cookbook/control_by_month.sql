-- title_zh: 各月指标达标率
-- title_en: Control by month
-- question: Of the patients with readings in a month, how many are in target, by the guideline?
select line_code, indicator_code, month_start, count(*) as patient_count, count(*) filter (where control_state = 'in_target') as in_target_count, max(guideline) as guideline
from fct_control_monthly
group by line_code, indicator_code, month_start
order by line_code, indicator_code, month_start
