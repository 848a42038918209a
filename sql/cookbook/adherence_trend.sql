-- title_zh: 依从率月度趋势
-- title_en: Monthly trend of adherence
-- question: How did mean PDC develop over the last 12 months?
select substr(period_code, 2) as month, line_code, count(*) as eligible, avg(pdc_ratio) as mean_pdc
from fct_adherence
where period_code like 'm%' and is_eligible
group by period_code, line_code
order by line_code, month
