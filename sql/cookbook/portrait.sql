-- title_zh: 一位患者的画像
-- title_en: Portrait of a patient
-- question: What is known of the patient with the most values, family by family, from where and since when?
select family, name, value, unit, source, known_date, event_id
from fct_patient_profile
where patient_id = (select patient_id from fct_patient_profile group by patient_id order by count(*) desc, patient_id limit 1)
order by family, name
