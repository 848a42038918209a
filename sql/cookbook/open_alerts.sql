-- title_zh: 待处理预警
-- title_en: Open alerts
-- question: What needs action, by severity and care worker?
select severity, alert_code, owner_staff_id, count(*) as patients, min(since_date) as oldest
from fct_alerts
group by severity, alert_code, owner_staff_id
order by severity, alert_code, owner_staff_id
