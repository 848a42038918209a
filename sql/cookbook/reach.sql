-- title_zh: 可触达率
-- title_en: Reach
-- question: Of the enrolled patients of each line, how many can be reached, and what stands in the way?
select
    line_code,
    sum(patient_count) as enrolled_count,
    sum(patient_count) filter (where is_reachable) as reachable_count,
    sum(patient_count) filter (where is_reachable and is_active) as active_count,
    sum(patient_count) filter (where is_reachable and is_capped) as capped_count,
    sum(patient_count) filter (where not has_service_consent) as no_consent_count,
    sum(patient_count) filter (where not is_friend) as no_friend_count,
    sum(patient_count) filter (where has_do_not_contact) as do_not_contact_count
from fct_reach
where is_friend or is_buyer
group by line_code
order by line_code
