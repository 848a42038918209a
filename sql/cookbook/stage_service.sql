-- title_zh: 阶段服务实施与完成率
-- title_en: Service of stages
-- question: Are the tasks of each stage done, and do patients reach its goal?
select
    line_code,
    stage_code,
    sum(due_count) as due,
    sum(implemented_count) / sum(due_count) as implemented_ratio,
    sum(completed_count) / sum(due_count) as completed_ratio,
    sum(reached_count) / nullif(sum(followed_count), 0) as reached_ratio
from fct_stage_service_monthly
group by line_code, stage_code
having sum(due_count) > 0
order by line_code, stage_code
