-- title_zh: 停药后重启率
-- title_en: Restarts after a stop
-- question: How many who stopped came back, and after how long?
select
    line_code,
    count(*) as stopped,
    count(restart_date) as restarted,
    median(restart_date - end_date) as median_days_away
from fct_persistence
where drug_class_code = '' and grace_days = 60 and is_stopped
group by line_code
order by line_code
