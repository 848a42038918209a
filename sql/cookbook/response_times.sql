-- title_zh: 首次响应时间
-- title_en: First response times
-- question: How long do patients wait for an answer, in service hours?
select staff_id, month_start, turn_count, answered_count / turn_count as answered_ratio, p50_minutes, p90_minutes
from fct_response_times
order by staff_id, month_start
