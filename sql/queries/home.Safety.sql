-- The safety cards: patients with a warning sign among patients seen, in the last 30 days and per month.
-- $line: disease line, '' for all
with periods as (
    select 'now' as period_code, as_of - 29 as first_day, as_of as last_day from meta.builds
    union all
    select strftime(m.month, '%Y-%m'), cast(m.month as date), last_day(cast(m.month as date))
    from meta.builds b, range(date_trunc('month', b.as_of + 1) - interval 12 month, date_trunc('month', b.as_of + 1), interval 1 month) m(month)
),

people as (
    select patient_id from dim_patients where $line = '' or line_code = $line
),

days as (
    select f.patient_id, cast(timezone('Asia/Shanghai', f.event_at) as date) as day, 'reaction' as kpi_code,
        f.kind = 'reaction' and f.status = 'present' and f.subject = 'self' and f.speaker = 'patient' as is_sign
    from fct_findings f
    union all
    select t.patient_id, cast(timezone('Asia/Shanghai', t.event_at) as date), 'reaction', false
    from fct_timeline t
    where t.kind = 'chat'
    union all
    select m.patient_id, cast(timezone('Asia/Shanghai', m.event_at) as date),
        case when m.kind = 'glucose' then 'low_glucose' else 'bp_crisis' end,
        (m.kind = 'bp_systolic' and m.value >= 180) or (m.kind = 'bp_diastolic' and m.value >= 110) or (m.kind = 'glucose' and m.value < 3.9)
    from fct_measurements m
    where m.kind in ('bp_systolic', 'bp_diastolic', 'glucose')
)

select
    d.kpi_code,
    p.period_code,
    cast(count(distinct d.patient_id) filter (where d.is_sign) as double) as numerator,
    cast(count(distinct d.patient_id) as double) as denominator
from periods p
join days d on d.day between p.first_day and p.last_day
where d.patient_id in (select patient_id from people)
group by d.kpi_code, p.period_code
order by d.kpi_code, p.period_code
