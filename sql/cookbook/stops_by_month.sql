-- title_zh: 每月停药人数
-- title_en: Stops by month
-- question: In which months did treatment end?
select line_code, date_trunc('month', end_date) as month, count(*) as stops
from fct_persistence
where drug_class_code = '' and grace_days = 60 and is_stopped
group by line_code, date_trunc('month', end_date)
order by line_code, month
