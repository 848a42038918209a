-- Whether stages are served and whether it works: for every stage and service group, entries, tasks whose window is
-- over with how many were implemented and completed, and entries whose horizon is over with how many reached a goal.
-- The last row of a stage, without a group, is all groups together.
-- $line, $owner: filters, '' for all; $from, $to: entries of the months that begin in between
select
    stage_code,
    coalesce(group_code, '') as group_code,
    grouping(group_code) = 1 as is_whole,
    cast(sum(entered_count) as bigint) as entered,
    cast(sum(due_count) as bigint) as due,
    cast(sum(implemented_count) as bigint) as implemented,
    cast(sum(completed_count) as bigint) as completed,
    cast(sum(followed_count) as bigint) as followed,
    cast(sum(reached_count) as bigint) as reached
from fct_stage_service_monthly
where ($line = '' or line_code = $line) and ($owner = '' or owner_staff_id = $owner)
    and month_start between cast($from as date) and cast($to as date)
group by grouping sets ((stage_code, group_code), (stage_code))
order by stage_code, is_whole, group_code
