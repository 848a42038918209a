-- What campaigns brought: leads, orders, buyers and sales a day in the campaign, and in the 28 days before it.
-- $line: filter, '' for all
select
    campaign_code,
    measure_code,
    cast(min(start_date) as varchar) as start_day,
    cast(max(end_date) as varchar) as end_day,
    cast(max(end_date) - min(start_date) + 1 as bigint) as days,
    sum(per_day) as per_day,
    sum(before_per_day) as before_per_day
from fct_campaigns
where $line = '' or line_code = $line
group by campaign_code, measure_code
order by start_day desc, measure_code
