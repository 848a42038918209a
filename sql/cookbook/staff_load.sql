-- title_zh: 人均服务患者数
-- title_en: Load of the care team
-- question: How many patients does each care worker look after, and how much is open?
select staff_id, patient_count, load_band, reachable_count, alert_count, high_alert_count
from fct_staff_load
order by patient_count desc
