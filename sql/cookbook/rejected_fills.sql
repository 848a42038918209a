-- title_zh: 被剔除的取药记录
-- title_en: Fills that do not count
-- question: How many lines are no fill, and for which reason?
select reason, count(*) as lines, min(fill_date) as first, max(fill_date) as last
from fct_rejected_fills
group by reason
order by lines desc
