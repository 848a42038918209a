-- Accepted fills as adherence counts them: one row for every ingredient and class that a fill counts for,
-- with its position on the patient's calendar. Under inpatient = cms the calendar has no stay days, so
-- supply that a stay would have used moves behind it; otherwise a position is a day number.
-- Under shift = class a combination product counts once in a class.
-- grain: source, event_id, ordinal, drug_class_code, stock
-- inputs: int_fills__accepted, int_drugs__targets, int_patients__stays, ref.adherence_settings
-- by: patient_id
with counted as (
    select distinct
        f.source,
        f.event_id,
        f.ordinal,
        f.patient_id,
        t.drug_class_code,
        case when a.shift = 'class' then f.drug_code else t.ingredient end as stock,
        f.event_date as fill_date,
        f.days_supply
    from int_fills__accepted as f
    join int_drugs__targets as t on t.drug_code = f.drug_code
    cross join ref.adherence_settings as a
),

stay_days as (
    select
        d.patient_id,
        d.fill_date,
        sum(least(s.stay_end_date + 1, d.fill_date) - s.stay_start_date) as days
    from (select distinct patient_id, fill_date from counted) as d
    join int_patients__stays as s on s.patient_id = d.patient_id and s.stay_start_date < d.fill_date
    join ref.adherence_settings as a on a.inpatient = 'cms'
    group by d.patient_id, d.fill_date
)

select
    c.source,
    c.event_id,
    c.ordinal,
    c.patient_id,
    c.drug_class_code,
    c.stock,
    c.fill_date,
    c.days_supply,
    date_diff('day', date '1970-01-01', c.fill_date) - coalesce(s.days, 0) as position
from counted as c
left join stay_days as s on s.patient_id = c.patient_id and s.fill_date = c.fill_date
