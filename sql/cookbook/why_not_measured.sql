-- title_zh: 为何不计入依从率
-- title_en: Why patients are not measured
-- question: Why do patients with fills not count in the 180-day PDC?
select line_code, ineligible_reason, count(*) as patients
from fct_adherence
where period_code = 'r180' and not is_eligible
group by line_code, ineligible_reason
order by line_code, patients desc
