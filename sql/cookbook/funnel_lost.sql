-- title_zh: 漏斗流失名单
-- title_en: People lost at a step
-- question: Who got a prescription and never filled it?
select j.patient_id, j.line_code, j.reached_date, p.owner_staff_id
from fct_funnel_steps as j
join dim_patients as p on p.patient_id = j.patient_id
where j.funnel_code = 'first_fill' and j.step_code = 'prescription' and j.is_last
order by j.reached_date, j.patient_id
limit 100
