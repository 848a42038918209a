-- title_zh: 复购留存热力图
-- title_en: Repurchase heatmap
-- question: Of each cohort of first buyers, what share bought again n months later?
select line_code, cohort_month, months_since, cohort_count, buyer_ratio
from fct_repurchase_cohorts
where is_complete
order by line_code, cohort_month, months_since
