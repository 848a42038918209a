-- Tags of blood glucose: means of at least 3 readings in 14 days, low readings, and too few readings of a
-- patient with diabetes. Level 2 is any value under 3.0 mmol/L in 72 hours.
-- grain: patient_id, tag_id
-- inputs: int_measurements__readings, int_tags__diagnoses, ref.settings
-- gives: fpg_high, ppg_high, hypo_level1, hypo_level2, glucose_no_data, hba1c_overdue
with readings as (
    select
        m.*,
        s.as_of - m.event_date as age_days
    from int_measurements__readings as m
    join ref.settings as s on m.event_date > s.as_of - 14
    where m.kind = 'glucose'
),

means (tag_id, context, above) as (
    values ('fpg_high', 'fasting', 7.0), ('ppg_high', 'after_meal', 10.0)
),

lows (tag_id, window_days, from_value, below_value) as (
    values ('hypo_level1', 14, 3.0, 3.9), ('hypo_level2', 3, 0.0, 3.0)
),

diabetics as (
    select distinct patient_id
    from int_tags__diagnoses
    where tag_id in ('dm_type1', 'dm_type2', 'dm_gdm')
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
    select
        r.patient_id, m.tag_id, min(r.event_date) as valid_from, max(r.event_date) as last_date, count(*) as evidence_count,
        max_by(r.event_id, (r.event_at, r.event_id)) as last_event_id
    from readings as r
    join means as m on m.context = r.context
    group by r.patient_id, m.tag_id, m.above
    having count(*) >= 3 and avg(r.value) > m.above
    union all
    select
        r.patient_id, l.tag_id, min(r.event_date) as valid_from, max(r.event_date) as last_date, count(*) as evidence_count,
        max_by(r.event_id, (r.event_at, r.event_id)) as last_event_id
    from readings as r
    join lows as l on r.age_days < l.window_days and r.value >= l.from_value and r.value < l.below_value
    group by r.patient_id, l.tag_id
    union all
    select d.patient_id, 'glucose_no_data' as tag_id, s.as_of as valid_from, s.as_of as last_date, 1 as evidence_count, '' as last_event_id
    from diabetics as d
    cross join ref.settings as s
    where (select count(*) from readings as r where r.patient_id = d.patient_id) < 3
    union all
    select
        d.patient_id, 'hba1c_overdue' as tag_id, s.as_of as valid_from, s.as_of as last_date, 1 as evidence_count,
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
