-- title_zh: 标签覆盖率
-- title_en: Coverage of tags
-- question: Which tags hold for most patients of a family?
select family, tag_id, name_zh, patient_count, round(coverage_ratio, 4) as coverage
from dim_tags
where is_executable
order by family, patient_count desc
