-- The effectiveness cards: patients whose last reading of a window is at goal among patients with a reading.
-- The window is 90 days for blood pressure and pain, 180 days for HbA1c; it ends as_of or at a month's end.
-- $line: disease line, '' for all
with ends as (
    select 'now' as period_code, as_of as last_day from meta.builds
    union all
    select strftime(m.month, '%Y-%m'), last_day(cast(m.month as date))
    from meta.builds b, range(date_trunc('month', b.as_of + 1) - interval 13 month, date_trunc('month', b.as_of + 1), interval 1 month) m(month)
),

-- Shanghai is eight hours ahead, all year.
readings as (
    select patient_id, kind, value, event_at, cast(make_timestamp(epoch_us(event_at) + 28800000000) as date) as day
    from fct_measurements
    where kind in ('bp_systolic', 'bp_diastolic', 'hba1c', 'vas') and ($line = '' or patient_id in (select patient_id from dim_patients where line_code = $line))
),

-- Of the readings of a person, a kind and a month only the last can be the last of a window that ends with a month; the last
-- of all is the last of the window that ends as_of.
lasts as (
    select patient_id, kind, max_by(value, (event_at, value)) as value, max(event_at) as event_at, max(day) as day
    from readings r
    cross join meta.builds b
    where day between b.as_of - 640 and b.as_of
    group by patient_id, kind, date_trunc('month', day)
),

-- the first pain score ever is what later scores are compared with
first_pain as (
    select patient_id, min_by(value, (event_at, value)) as value, min(event_at) as event_at
    from readings
    where kind = 'vas'
    group by patient_id
),

last_of_window as (
    select
        e.period_code,
        r.patient_id,
        max_by(r.value, r.event_at) filter (where r.kind = 'bp_systolic') as systolic,
        max_by(r.value, r.event_at) filter (where r.kind = 'bp_diastolic') as diastolic,
        max_by(r.value, r.event_at) filter (where r.kind = 'hba1c') as hba1c,
        max_by(r.value, r.event_at) filter (where r.kind = 'vas' and r.event_at > f.event_at) as pain,
        any_value(f.value) as pain_at_start
    from ends e
    join lasts r on e.last_day between r.day and r.day + case when r.kind = 'hba1c' then 179 else 89 end
    left join first_pain f using (patient_id)
    group by e.period_code, r.patient_id
)

select 'bp_control' as kpi_code, period_code,
    cast(count(*) filter (where systolic < 140 and diastolic < 90) as double) as numerator,
    cast(count(*) as double) as denominator
from last_of_window
where systolic is not null and diastolic is not null
group by period_code
union all
select 'hba1c_control', period_code, cast(count(*) filter (where hba1c < 7) as double), cast(count(*) as double)
from last_of_window
where hba1c is not null
group by period_code
union all
select 'pain_better', period_code, cast(count(*) filter (where pain <= pain_at_start - 2) as double), cast(count(*) as double)
from last_of_window
where pain is not null
group by period_code
order by kpi_code, period_code
