-- The safety cards: patients with a warning sign among patients seen, in the last 30 days and per month.
-- $line: disease line, '' for all
with bounds as (
    select as_of - 29 as now_from, as_of, cast(date_trunc('month', as_of + 1) - interval 13 month as date) as months_from, date_trunc('month', as_of + 1) as months_to
    from meta.builds
),

seen as (
    select patient_id, event_at, 'reaction' as kpi_code, kind = 'reaction' and status = 'present' and subject = 'self' and speaker = 'patient' as is_sign
    from fct_findings
    union all
    select patient_id, event_at, 'reaction', false
    from fct_timeline
    where kind = 'chat'
    union all
    select patient_id, event_at, case when kind = 'glucose' then 'low_glucose' else 'bp_crisis' end,
        (kind = 'bp_systolic' and value >= 180) or (kind = 'bp_diastolic' and value >= 110) or (kind = 'glucose' and value < 3.9)
    from fct_measurements
    where kind in ('bp_systolic', 'bp_diastolic', 'glucose')
),

-- One row for each person and month, with what the last 30 days have of it. Shanghai is eight hours ahead, all year.
people as (
    select
        s.kpi_code,
        s.patient_id,
        date_trunc('month', s.day) as month,
        bool_or(s.is_sign) as is_sign,
        bool_or(s.day >= b.now_from) as is_now,
        bool_or(s.is_sign and s.day >= b.now_from) as is_sign_now
    from (select *, cast(make_timestamp(epoch_us(event_at) + 28800000000) as date) as day from seen) as s
    join bounds b on s.day between least(b.now_from, b.months_from) and b.as_of
    where $line = '' or s.patient_id in (select patient_id from dim_patients where line_code = $line)
    group by s.kpi_code, s.patient_id, date_trunc('month', s.day)
)

select
    kpi_code,
    'now' as period_code,
    cast(count(distinct patient_id) filter (where is_sign_now) as double) as numerator,
    cast(count(distinct patient_id) as double) as denominator
from people
where is_now
group by kpi_code
union all
select
    p.kpi_code,
    strftime(p.month, '%Y-%m'),
    cast(count(*) filter (where p.is_sign) as double),
    cast(count(*) as double)
from people p
join bounds b on p.month >= b.months_from and p.month < b.months_to
group by p.kpi_code, p.month
order by 1, 2
