-- Second purchases: of those whose first fill lies so many days back, how many filled again within 30, 60, 90 and 180
-- days, by the month of the first fill. Only people who were followed for all of these days count.
-- $line: filter, '' for all; $from, $to: first and last day of the first fill
with fills as (
    select distinct patient_id, line_code, fill_date from fct_fills where $line = '' or line_code = $line
),

firsts as (
    select patient_id, line_code, min(fill_date) as first_date, list_sort(list(fill_date))[2] as second_date
    from fills
    group by patient_id, line_code
)

select
    strftime(f.first_date, '%Y-%m') as month,
    cast(d.days as bigint) as days,
    count(*) as people,
    count(*) filter (where f.second_date <= f.first_date + d.days) as again
from firsts f
cross join meta.builds b
cross join (values (30::int), (60), (90), (180)) d(days)
where f.first_date + d.days <= b.as_of and f.first_date between cast($from as date) and cast($to as date)
group by month, d.days
order by month, d.days
