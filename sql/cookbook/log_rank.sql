-- title_zh: 分组持续用药检验
-- title_en: Does persistence differ between groups?
-- question: By which split do the patients of a line stay on therapy differently (log-rank test of all groups, permissible gap 60 days)?
select line_code, segment_by, segment_count, chi_square, degrees_of_freedom, p_value
from fct_survival_group_tests
where measure_code = 'persistence' and grace_days = 60
order by line_code, p_value
