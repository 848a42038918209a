-- title_zh: 今年还能达标的患者
-- title_en: Who can still reach the threshold this year
-- question: How many patients below the threshold can still be adherent this year, and how many days may they miss?
select line_code, drug_class_code, can_reach_threshold, count(*) as patients, median(year_missable_days) as median_missable_days
from fct_refills
where year_treatment_days is not null
group by line_code, drug_class_code, can_reach_threshold
order by line_code, drug_class_code, can_reach_threshold
