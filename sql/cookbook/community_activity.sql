-- title_zh: 社群活跃度
-- title_en: Which groups live?
-- question: How many patients write in each group chat, month by month, and how does that change?
select room_key, line_code, month_start, active_count, new_active_count, message_count, staff_message_count, active_day_count, change_ratio
from fct_community_monthly
order by room_key, month_start
