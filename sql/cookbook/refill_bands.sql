-- title_zh: 续方迟到分布
-- title_en: Refill lateness
-- question: How many patients are covered, late and how late?
select line_code, refill_band, count(*) as patients
from fct_refills
where drug_class_code = ''
group by line_code, refill_band
order by line_code, refill_band
