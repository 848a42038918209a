-- Tags of diabetes without enough numbers: fewer than 3 glucose readings in 14 days, HbA1c older than 180 days (90
-- when the last was 7.0 or more).
-- grain: patient_id, tag_id
-- inputs: int_measurements__readings, int_tags__diagnoses, ref.settings
-- by: patient_id
-- gives: glucose_no_data, hba1c_overdue
with readings as (
    select
        m.*,
        s.as_of - m.event_date as age_days
    from int_measurements__readings as m
    join ref.settings as s on m.event_date > s.as_of - 14
    where m.kind = 'glucose'
),

diabetics as (
    select patient_id, min(valid_from) as valid_from
    from int_tags__diagnoses
    where tag_id in ('dm_type1', 'dm_type2', 'dm_gdm')
    group by patient_id
),

newest_hba1c as (
    select
        patient_id,
        max(event_date) as event_date,
        max_by(value, (event_at, event_id, ordinal)) as value,
        max_by(event_id, (event_at, event_id, ordinal)) as event_id
    from int_measurements__readings
    where kind = 'hba1c'
    group by patient_id
),

tagged as (
    select d.patient_id, 'glucose_no_data' as tag_id, d.valid_from, date '9999-12-31' as last_date, 1 as evidence_count, '' as last_event_id
    from diabetics as d
    where (select count(*) from readings as r where r.patient_id = d.patient_id) < 3
    union all
    select
        d.patient_id, 'hba1c_overdue' as tag_id,
        coalesce(h.event_date + case when h.value >= 7.0 then 90 else 180 end, d.valid_from) as valid_from, date '9999-12-31' as last_date, 1 as evidence_count,
        coalesce(h.event_id, '') as last_event_id
    from diabetics as d
    cross join ref.settings as s
    left join newest_hba1c as h on h.patient_id = d.patient_id
    where h.event_date is null or h.event_date <= s.as_of - case when h.value >= 7.0 then 90 else 180 end
)

select
    patient_id,
    tag_id,
    valid_from,
    last_date,
    evidence_count,
    last_event_id,
    1.0 as confidence
from tagged
