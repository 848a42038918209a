-- Answers of the whole team by month: turns, answered within 72 hours, and the minutes of service time (means of the
-- care workers, weighted by answers). The last twelve months that are over.
select
    strftime(r.month_start, '%Y-%m') as month,
    cast(sum(r.turn_count) as bigint) as turns,
    cast(sum(r.answered_count) as bigint) as answered,
    sum(r.p50_minutes * r.answered_count) / nullif(sum(r.answered_count), 0) as p50,
    sum(r.p90_minutes * r.answered_count) / nullif(sum(r.answered_count), 0) as p90
from fct_response_times r
cross join meta.builds b
where r.month_start >= date_trunc('month', b.as_of + 1) - to_months(12) and r.month_start < date_trunc('month', b.as_of + 1)
group by r.month_start
order by r.month_start
