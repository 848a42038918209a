-- title_zh: 各阶段停留时间
-- title_en: Time in stage
-- question: How long do patients stay in a stage that they have left?
select line_code, stage_code, count(*) as stays, median(stage_days) as median_days
from fct_stage_history
where to_date is not null
group by line_code, stage_code
order by line_code, stage_code
