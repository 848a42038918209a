-- title_zh: 停药原因
-- title_en: Reasons for stopping
-- question: Why did patients stop, and of how many is it unknown?
select line_code, stop_reason, count(*) as patients, count(*) / sum(count(*)) over (partition by line_code) as ratio
from fct_persistence
where drug_class_code = '' and grace_days = 60 and is_stopped
group by line_code, stop_reason
order by line_code, patients desc
