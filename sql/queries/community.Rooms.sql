-- The group chats of the newest month and those that fell silent in it: who wrote then and in the month before, messages
-- of patients and of the care team, days with a message. Groups that lost most come first.
-- $line: filter, '' for all; $to: last day of the newest month; $limit: rows
with months as (
    select
        room_key,
        max_by(line_code, month_start) as line_code,
        coalesce(sum(active_count) filter (where month_start = date_trunc('month', cast($to as date))), 0) as active_now,
        coalesce(sum(active_count) filter (where month_start < date_trunc('month', cast($to as date))), 0) as active_before,
        coalesce(sum(message_count) filter (where month_start = date_trunc('month', cast($to as date))), 0) as messages,
        coalesce(sum(staff_message_count) filter (where month_start = date_trunc('month', cast($to as date))), 0) as staff_messages,
        coalesce(sum(active_day_count) filter (where month_start = date_trunc('month', cast($to as date))), 0) as days
    from fct_community_monthly
    where ($line = '' or line_code = $line) and month_start between date_trunc('month', cast($to as date)) - to_months(1) and cast($to as date)
    group by room_key
)

select
    room_key,
    line_code,
    cast(active_now as bigint) as active_now,
    cast(active_before as bigint) as active_before,
    cast(messages as bigint) as messages,
    cast(staff_messages as bigint) as staff_messages,
    cast(days as bigint) as days,
    count(*) over () as rooms,
    count(case when active_now = 0 then 1 end) over () as silent
from months
order by active_now - active_before, room_key
limit $limit
