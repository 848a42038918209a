-- title_zh: 各病种整体依从率
-- title_en: Adherence of whole lines of disease
-- question: What share of days is covered by any medicine of the line, over 90, 180 and 365 days?
select
    line_code,
    period_code,
    count(*) filter (where is_eligible) as eligible,
    sum(covered_days) filter (where is_eligible) / sum(treatment_days) filter (where is_eligible) as covered_ratio,
    avg(pdc_ratio) filter (where is_eligible) as mean_pdc
from fct_adherence_by_line
group by line_code, period_code
order by line_code, period_code
