-- The treatment period of every patient, class and measurement period with a counted fill: from the first
-- fill in the period (or the start of the period under index_date = fixed) to the earliest of the end of
-- the period, death and leaving, all inclusive. Positions are those of the calendar without stay days.
-- grain: patient_id, drug_class_code, period_code
-- inputs: int_adherence__doses, int_adherence__periods, int_patients__exits, int_patients__stays, ref.adherence_settings
-- by: patient_id
with ends as (
    select
        p.patient_id,
        p.drug_class_code,
        q.period_code,
        q.period_start,
        q.period_end,
        least(q.period_end, coalesce(x.died_date, q.period_end), coalesce(x.left_date, q.period_end)) as treatment_end
    from (select distinct patient_id, drug_class_code from int_adherence__doses) as p
    cross join int_adherence__periods as q
    left join int_patients__exits as x on x.patient_id = p.patient_id
),

-- A combination product has a row for each ingredient; the fill counts once.
windows as (
    select
        e.patient_id,
        e.drug_class_code,
        e.period_code,
        any_value(e.period_start) as period_start,
        any_value(e.period_end) as period_end,
        any_value(e.treatment_end) as treatment_end,
        min(d.fill_date) filter (where d.fill_date >= e.period_start) as first_fill_date,
        count(distinct (d.source, d.event_id, d.ordinal)) filter (where d.fill_date >= e.period_start) as fill_count,
        count(distinct d.fill_date) filter (where d.fill_date >= e.period_start) as fill_date_count
    from ends as e
    join int_adherence__doses as d
        on d.patient_id = e.patient_id and d.drug_class_code = e.drug_class_code and d.fill_date <= e.treatment_end
    cross join ref.adherence_settings as a
    where d.fill_date >= e.period_start or a.carry_in
    group by e.patient_id, e.drug_class_code, e.period_code
),

indexed as (
    select
        w.*,
        case when a.index_date = 'first_fill' then w.first_fill_date else w.period_start end as treatment_start
    from windows as w
    cross join ref.adherence_settings as a
),

bounds as (
    select patient_id, treatment_start as date from indexed
    union
    select patient_id, treatment_end + 1 as date from indexed
),

stay_days as (
    select
        b.patient_id,
        b.date,
        sum(least(s.stay_end_date + 1, b.date) - s.stay_start_date) as days
    from bounds as b
    join int_patients__stays as s on s.patient_id = b.patient_id and s.stay_start_date < b.date
    join ref.adherence_settings as a on a.inpatient = 'cms'
    group by b.patient_id, b.date
)

select
    i.patient_id,
    i.drug_class_code,
    i.period_code,
    i.period_start,
    i.period_end,
    i.treatment_start,
    i.treatment_end,
    i.fill_count,
    i.fill_date_count,
    date_diff('day', date '1970-01-01', i.treatment_start) - coalesce(s.days, 0) as start_position,
    date_diff('day', date '1970-01-01', i.treatment_end) + 1 - coalesce(e.days, 0) as end_position
from indexed as i
left join stay_days as s on s.patient_id = i.patient_id and s.date = i.treatment_start
left join stay_days as e on e.patient_id = i.patient_id and e.date = i.treatment_end + 1
where i.treatment_start <= i.treatment_end
