-- title_zh: 用药时段
-- title_en: Drug eras
-- question: How long are drug eras, and how much of them is without medicine?
select line_code, drug_code, count(*) as eras, median(era_days) as median_days, sum(gap_days) / sum(era_days) as gap_ratio
from fct_drug_eras
group by line_code, drug_code
order by line_code, eras desc
