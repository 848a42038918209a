-- title_zh: 男女持续用药差异检验
-- title_en: Persistence of men and women, log-rank
-- question: Do men and women stop at different rates?
select line_code, segment, patient_count, event_count, round(expected_count, 1) as expected, round(chi_square, 3) as chi_square, p_value
from fct_survival_tests
where measure_code = 'persistence' and grace_days = 60 and segment_by = 'sex' and segment <> ''
order by line_code, segment
