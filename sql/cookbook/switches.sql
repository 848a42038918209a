-- title_zh: 换药与加药
-- title_en: Switches and add-ons
-- question: Between which drugs do patients switch, and what do they add?
select line_code, change_kind, from_drug_code, to_drug_code, count(*) as patients
from fct_treatment_changes
group by line_code, change_kind, from_drug_code, to_drug_code
order by patients desc, line_code, from_drug_code, to_drug_code
limit 50
