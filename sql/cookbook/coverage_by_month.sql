-- title_zh: 每月有药天数占比
-- title_en: Days with medicine by month
-- question: What share of the days after the first fill was covered in each month?
select line_code, month_start, sum(covered_days) / sum(observed_days) as covered_ratio, count(*) as patients
from fct_coverage_monthly
group by line_code, month_start
order by line_code, month_start
