-- Fills that were refused, per reason.
select reason, count(*) as fill_count, coalesce(cast(max(fill_date) as varchar), '') as newest_fill_date
from fct_rejected_fills
group by reason
order by fill_count desc, reason
