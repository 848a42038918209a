-- title_zh: 各服务阶段的依从率
-- title_en: Adherence by service stage
-- question: Does adherence differ between service stages?
select p.line_code, p.stage_code, count(*) as eligible, avg(a.pdc_ratio) as mean_pdc
from fct_adherence_by_line as a
join dim_patients as p on p.patient_id = a.patient_id and p.line_code = a.line_code
where a.period_code = 'r180' and a.is_eligible
group by p.line_code, p.stage_code
order by p.line_code, mean_pdc
