-- How people go from stage to stage: of those in a stage on the first day of a month, where they are on its last, over
-- the last complete months. Somebody who is there for several months counts once for each.
-- $line, $owner: filters, '' for all; $months: so many complete months
with months as (
    select cast(m.month as date) as first_day, last_day(cast(m.month as date)) as last_day
    from (select as_of from meta.builds) b,
        lateral (select unnest(generate_series(date_trunc('month', b.as_of + 1) - to_months(cast($months as int)), date_trunc('month', b.as_of + 1) - to_months(1), interval 1 month)) as month) m
),

stays as (
    select h.patient_id, h.stage_code, h.from_date, coalesce(h.to_date, date '9999-12-31') as to_date
    from fct_stage_history h
    where ($line = '' or h.line_code = $line)
        and coalesce(h.to_date, date '9999-12-31') >= (select min(first_day) from months)
        and ($owner = '' or h.patient_id in (select patient_id from dim_patients where owner_staff_id = $owner))
),

-- Most people stay where they are for the whole month.
whole as (
    select s.stage_code as from_stage, s.stage_code as to_stage, count(*) as people
    from stays s
    join months m on s.from_date <= m.first_day and s.to_date >= m.last_day
    group by s.stage_code
),

starts as (
    select m.first_day, m.last_day, s.patient_id, s.stage_code
    from stays s
    join months m on m.first_day between s.from_date and s.to_date and s.to_date < m.last_day
),

moved as (
    select f.stage_code as from_stage, t.stage_code as to_stage, count(*) as people
    from starts f
    join stays t on t.patient_id = f.patient_id and t.from_date <= f.last_day and t.to_date >= f.last_day
    group by f.stage_code, t.stage_code
)

select from_stage, to_stage, cast(sum(people) as bigint) as people
from (select * from whole union all select * from moved)
group by from_stage, to_stage
order by from_stage, to_stage
