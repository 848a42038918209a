-- title_zh: 义诊效果
-- title_en: Lift of clinics
-- question: How many of those who came to a clinic bought in the 30 days before and after?
select line_code, clinic_code, month_start, patient_count, followed_count, buyer_before_count, buyer_after_count, new_buyer_count, lift_ratio
from fct_clinics
order by line_code, clinic_code, month_start
