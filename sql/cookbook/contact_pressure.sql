-- title_zh: 触达频次分布
-- title_en: Contact pressure
-- question: How many patients got how many unasked messages in the last 30 days, and how many have reached the cap?
select line_code, month_count, count(*) as patient_count, count(*) filter (where is_capped) as capped_count
from fct_contact_pressure
group by line_code, month_count
order by line_code, month_count
