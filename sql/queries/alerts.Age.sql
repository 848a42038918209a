-- How many alerts have been open for how many weeks, by severity; a refill that is still due has week 0.
-- $line, $owner: filters, '' for all
select
    cast(least(8, greatest(0, b.as_of - f.since_date) // 7) as bigint) as week,
    count(*) filter (where f.severity = 'high') as high,
    count(*) filter (where f.severity = 'medium') as medium,
    count(*) filter (where f.severity = 'low') as low
from fct_alerts f
join dim_patients p using (patient_id)
cross join meta.builds b
where ($line = '' or p.line_code = $line) and ($owner = '' or p.owner_staff_id = $owner)
group by week
order by week
