-- title_zh: 社群成员变化
-- title_en: Members of groups
-- question: How many patients join and leave the groups of each line?
select line_code, group_code, month_start, joined_count, left_count, member_count, left_ratio
from fct_group_members_monthly
order by line_code, group_code, month_start
