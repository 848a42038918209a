-- Which content people of each stage read: reads by the stage that content is made for and the stage of the reader.
-- $line: filter, '' for all; $from, $to: the months that begin in between
select
    content_stage,
    stage_code,
    cast(sum(read_count) as bigint) as reads,
    bool_or(is_on_target) as is_on_target,
    sum(median_seconds * read_count) / nullif(sum(read_count), 0) as seconds
from fct_content_reach
where ($line = '' or line_code = $line) and month_start between cast($from as date) and cast($to as date)
group by content_stage, stage_code
order by content_stage, stage_code
