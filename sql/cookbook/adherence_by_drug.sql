-- title_zh: 单药依从率
-- title_en: Adherence by drug
-- question: Which drugs do patients take least regularly?
select drug_code, count(*) as eligible, round(avg(pdc_ratio), 4) as mean_pdc
from fct_adherence_by_drug
where period_code = 'r180' and is_eligible
group by drug_code
having count(*) >= 11
order by mean_pdc
