-- How many people reached each step, in order, per line, and the median days since the step before.
-- $line: disease line, '' for all
with reached as (
    select
        line_code,
        step_no,
        step_code,
        reached_date - lag(reached_date) over (partition by patient_id, funnel_code, line_code order by step_no) as days_since_previous
    from fct_journey
    where $line = '' or line_code = $line
)

select
    line_code,
    cast(step_no as bigint) as step_no,
    step_code,
    count(*) as people,
    cast(median(days_since_previous) as double) as median_days
from reached
group by grouping sets ((line_code, step_no, step_code), (step_no, step_code))
order by line_code nulls first, step_no
