-- How quickly each care worker answers: turns of patients of some months, answered within 72 hours, and the
-- median and 90th percentile of minutes of service time (means over months, weighted by answers).
-- $from, $to: the months that begin in between
select
    r.staff_id,
    cast(sum(r.turn_count) as bigint) as turns,
    cast(sum(r.answered_count) as bigint) as answered,
    sum(r.p50_minutes * r.answered_count) / nullif(sum(r.answered_count), 0) as p50,
    sum(r.p90_minutes * r.answered_count) / nullif(sum(r.answered_count), 0) as p90
from fct_response_times r
where r.month_start between cast($from as date) and cast($to as date)
group by r.staff_id
order by p90 desc, r.staff_id
