-- The adherence cards: numerator and denominator now and at the end of each of the last 12 complete months.
-- $line: disease line, '' for all
with measured as (
    select
        case when period_code = 'r180' then 'now' else substr(period_code, 2) end as period_code,
        pdc_ratio,
        is_adherent
    from fct_adherence
    where is_eligible and (period_code = 'r180' or period_code like 'm%') and ($line = '' or line_code = $line)
),

-- days on which we ask who has medicine at hand: the end of each month, and as_of
days as (
    select distinct substr(a.period_code, 2) as period_code, a.period_end as day
    from fct_adherence a
    where a.period_code like 'm%'
    union all
    select 'now', as_of from meta.builds
),

holders as (
    select
        d.period_code,
        f.patient_id,
        max(f.supply_end_date) filter (where f.fill_date <= d.day) >= d.day as is_supplied
    from days d
    join fct_fills f on f.fill_date <= d.day and ($line = '' or f.line_code = $line)
    group by d.period_code, d.day, f.patient_id
)

select 'pdc' as kpi_code, period_code, cast(sum(pdc_ratio) as double) as numerator, cast(count(*) as double) as denominator
from measured
group by period_code
union all
select 'adherent', period_code, cast(count(*) filter (where is_adherent) as double), cast(count(*) as double)
from measured
group by period_code
union all
select 'supplied', period_code, cast(count(*) filter (where is_supplied) as double), cast(count(*) as double)
from holders
group by period_code
order by kpi_code, period_code
