-- The economy cards: spend per buyer, price of a day of medicine, and second purchase within 90 days.
-- Windows: the last 30 days and each of the last 13 complete months, so that a month stands beside that of the year before; for the second purchase the people
-- whose first fill fell into the month (now: 180 to 91 days before as_of), when 90 days have passed.
-- $line: disease line, '' for all
with periods as (
    select 'now' as period_code, as_of - 29 as first_day, as_of as last_day, as_of - 179 as cohort_first, as_of - 90 as cohort_last from meta.builds
    union all
    select strftime(m.month, '%Y-%m'), cast(m.month as date), last_day(cast(m.month as date)), cast(m.month as date), last_day(cast(m.month as date))
    from meta.builds b, range(date_trunc('month', b.as_of + 1) - interval 13 month, date_trunc('month', b.as_of + 1), interval 1 month) m(month)
),

fills as (
    select patient_id, fill_date, amount_fen, days_supply
    from fct_fills
    where $line = '' or line_code = $line
),

fill_days as (
    select
        patient_id,
        fill_date,
        row_number() over (partition by patient_id order by fill_date) as day_no,
        lead(fill_date) over (partition by patient_id order by fill_date) as next_date
    from (select distinct patient_id, fill_date from fills)
),

spend as (
    select
        p.period_code,
        cast(sum(f.amount_fen) as double) as amount_fen,
        cast(count(distinct f.patient_id) as double) as buyers,
        cast(sum(f.days_supply) as double) as supply_days
    from periods p
    join fills f on f.fill_date between p.first_day and p.last_day and f.amount_fen > 0
    group by p.period_code
)

select 'spend_per_buyer' as kpi_code, period_code, amount_fen / 100 as numerator, buyers as denominator from spend
union all
select 'price_per_day', period_code, amount_fen / 100, supply_days from spend
union all
select 'repurchase', p.period_code,
    cast(count(*) filter (where d.next_date - d.fill_date <= 90) as double),
    cast(count(*) as double)
from periods p
join fill_days d on d.day_no = 1 and d.fill_date between p.cohort_first and p.cohort_last
where p.cohort_last + 90 <= (select as_of from meta.builds)
group by p.period_code
order by kpi_code, period_code
