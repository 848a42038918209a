-- Members of the groups by month: who joined, who left, who stayed.
-- $line: filter, '' for all; $from, $to: the months that begin in between
select
    strftime(month_start, '%Y-%m') as month,
    cast(sum(joined_count) as bigint) as joined,
    cast(sum(left_count) as bigint) as gone,
    cast(sum(member_count) as bigint) as members
from fct_group_members_monthly
where ($line = '' or line_code = $line) and month_start between cast($from as date) and cast($to as date)
group by month_start
order by month_start
