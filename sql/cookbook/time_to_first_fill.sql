-- title_zh: 首次取药时间
-- title_en: Time to first fill
-- question: Median days from prescription to first fill, counting those who never filled.
select line_code, patient_count, event_count as filled, median_days, median_lower_days, median_upper_days,
    1 - survival_7_ratio as filled_7_ratio, 1 - survival_30_ratio as filled_30_ratio
from fct_survival_summary
where measure_code = 'first_fill' and segment_by = 'all'
order by line_code
