-- title_zh: 画像完整度
-- title_en: How complete are the portraits?
-- question: Of how many patients of each line is something known in each family, and how old is it?
select p.line_code, f.family, count(distinct f.patient_id) as patient_count, count(*) as value_count, count(distinct f.name) as name_count, max(f.known_date) as newest_date
from fct_patient_profile as f
join dim_patients as p on p.patient_id = f.patient_id
group by p.line_code, f.family
order by p.line_code, f.family
