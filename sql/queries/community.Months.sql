-- How alive the patients' group chats are, month by month: groups in which somebody wrote, those who wrote and those who
-- wrote for the first time (once for each group), messages of patients and of the care team.
-- $line: filter, '' for all; $from, $to: the months that begin in between
select
    strftime(month_start, '%Y-%m') as month,
    count(*) as rooms,
    cast(sum(active_count) as bigint) as active,
    cast(sum(new_active_count) as bigint) as new_active,
    cast(sum(message_count) as bigint) as messages,
    cast(sum(staff_message_count) as bigint) as staff_messages,
    count(*) filter (where staff_message_count > 0) as with_staff,
    count(*) filter (where change_ratio is not null) as followed,
    count(*) filter (where change_ratio >= 0) as not_less
from fct_community_monthly
where ($line = '' or line_code = $line) and month_start between cast($from as date) and cast($to as date)
group by month_start
order by month_start
