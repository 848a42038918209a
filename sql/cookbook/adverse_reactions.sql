-- title_zh: 近期不良反应
-- title_en: Adverse reactions told lately
-- question: Who told of an adverse reaction in the last 14 days?
select f.patient_id, f.event_at, f.concept, p.owner_staff_id
from fct_findings as f
join dim_patients as p on p.patient_id = f.patient_id
where f.kind = 'reaction' and f.status = 'present' and f.subject = 'self'
    and f.event_at > (select max(event_at) from fct_findings) - interval 14 day
order by f.event_at desc
