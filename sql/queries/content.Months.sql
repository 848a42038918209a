-- Reads by month, and how many of them are of content made for the reader's stage; the last twelve months that are over.
-- $line: filter, '' for all
select
    strftime(month_start, '%Y-%m') as month,
    cast(sum(read_count) as bigint) as reads,
    cast(coalesce(sum(read_count) filter (where is_on_target), 0) as bigint) as on_target
from fct_content_reach
cross join meta.builds b
where ($line = '' or line_code = $line) and month_start >= date_trunc('month', b.as_of + 1) - to_months(12)
    and month_start < date_trunc('month', b.as_of + 1)
group by month_start
order by month_start
