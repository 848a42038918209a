-- How people go from stage to stage: of those in a stage on the first day of a month, where they are on its last, over
-- the last complete months. Somebody who is there for several months counts once for each.
-- $line, $owner: filters, '' for all; $months: so many complete months
with months as (
    select cast(m.month as date) as first_day, last_day(cast(m.month as date)) as last_day
    from (select as_of from meta.builds) b,
        lateral (select unnest(generate_series(date_trunc('month', b.as_of + 1) - to_months(cast($months as int)), date_trunc('month', b.as_of + 1) - to_months(1), interval 1 month)) as month) m
)

select f.stage_code as from_stage, t.stage_code as to_stage, count(*) as people
from months m
join fct_stage_history f on f.from_date <= m.first_day and coalesce(f.to_date, date '9999-12-31') >= m.first_day
join fct_stage_history t on t.patient_id = f.patient_id and t.from_date <= m.last_day and coalesce(t.to_date, date '9999-12-31') >= m.last_day
join dim_patients p on p.patient_id = f.patient_id
where ($line = '' or f.line_code = $line) and ($owner = '' or p.owner_staff_id = $owner)
group by f.stage_code, t.stage_code
order by f.stage_code, t.stage_code
