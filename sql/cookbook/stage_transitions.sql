-- title_zh: 阶段流转矩阵
-- title_en: Transition matrix of stages
-- question: Where are patients at the end of the month, by where they were at its start?
select line_code, from_stage_code, to_stage_code, sum(patient_count) as patients
from fct_stage_transitions
group by line_code, from_stage_code, to_stage_code
order by line_code, from_stage_code, patients desc
