-- title_zh: 本周续方名单
-- title_en: Who runs out this week
-- question: Whom should the team remind, most urgent first?
select a.patient_id, p.line_code, p.owner_staff_id, a.since_date as run_out_date
from fct_alerts as a
join dim_patients as p on p.patient_id = a.patient_id
where a.alert_code = 'refill_due' and p.has_service_consent
order by a.since_date, a.patient_id
limit 100
