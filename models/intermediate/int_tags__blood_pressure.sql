-- Tags of blood pressure. A reading is the systolic and diastolic number of one event; what is not marked
-- as office was measured at home. Control: mean of at least 6 home readings on 3 days of 14. Grade: mean of the
-- last 3 office readings on at least 2 days of 180, the higher grade of the two numbers wins.
-- grain: patient_id, tag_id
-- inputs: int_measurements__readings, int_tags__diagnoses, ref.settings
-- by: patient_id
-- gives: htn_grade_1, htn_grade_2, htn_grade_3, htn_isolated_systolic, bp_home_uncontrolled, bp_home_controlled, bp_no_data, bp_low
with readings as (
    select
        m.patient_id,
        m.source,
        m.event_id,
        any_value(m.event_at) as event_at,
        any_value(m.event_date) as event_date,
        any_value(s.as_of - m.event_date) as age_days,
        max(m.value) filter (where m.kind = 'bp_systolic') as systolic,
        max(m.value) filter (where m.kind = 'bp_diastolic') as diastolic,
        bool_or(m.context = 'office') as is_office
    from int_measurements__readings as m
    join ref.settings as s on m.event_date > s.as_of - 180
    where m.kind in ('bp_systolic', 'bp_diastolic')
    group by m.patient_id, m.source, m.event_id
),

home as (
    select
        patient_id,
        count(*) as reading_count,
        count(distinct event_date) as days,
        avg(exact(systolic)) as systolic,
        avg(exact(diastolic)) as diastolic,
        min(event_date) as valid_from,
        max(event_date) as last_date,
        max_by(event_id, (event_at, event_id)) as last_event_id
    from readings
    where not is_office and age_days < 14
    group by patient_id
),

office as (
    select
        patient_id,
        avg(exact(systolic)) as systolic,
        avg(exact(diastolic)) as diastolic,
        min(event_date) as valid_from,
        max(event_date) as last_date,
        count(*) as evidence_count,
        max_by(event_id, (event_at, event_id)) as last_event_id
    from (
        select * from readings where is_office
        qualify row_number() over (partition by patient_id order by event_at desc, event_id desc) <= 3
    )
    group by patient_id
    having count(*) = 3 and count(distinct event_date) >= 2
),

grades (tag_id, grade, from_systolic, from_diastolic) as (
    values ('htn_grade_1', 1, 140, 90), ('htn_grade_2', 2, 160, 100), ('htn_grade_3', 3, 180, 110)
),

lows as (
    select
        patient_id, min(event_date) as valid_from, max(event_date) as last_date, count(*) as evidence_count,
        max_by(event_id, (event_at, event_id)) as last_event_id
    from readings
    where age_days < 7 and (systolic < 90 or diastolic < 60)
    group by patient_id
    having count(*) >= 2
),

tagged as (
    select
        patient_id, case when systolic >= 135 or diastolic >= 85 then 'bp_home_uncontrolled' else 'bp_home_controlled' end as tag_id,
        valid_from, last_date, reading_count as evidence_count, last_event_id
    from home
    where reading_count >= 6 and days >= 3
    union all
    select d.patient_id, 'bp_no_data' as tag_id, coalesce(h.last_date, d.valid_from) as valid_from, date '9999-12-31' as last_date, 1 as evidence_count, '' as last_event_id
    from int_tags__diagnoses as d
    left join home as h on h.patient_id = d.patient_id
    where d.tag_id = 'htn_dx' and coalesce(h.reading_count, 0) < 6
    union all
    select
        o.patient_id, max_by(g.tag_id, g.grade) as tag_id, any_value(o.valid_from) as valid_from, any_value(o.last_date) as last_date,
        any_value(o.evidence_count) as evidence_count, any_value(o.last_event_id) as last_event_id
    from office as o
    join grades as g on o.systolic >= g.from_systolic or o.diastolic >= g.from_diastolic
    group by o.patient_id
    union all
    select patient_id, 'htn_isolated_systolic' as tag_id, valid_from, last_date, evidence_count, last_event_id
    from office
    where systolic >= 140 and diastolic < 90
    union all
    select patient_id, 'bp_low' as tag_id, valid_from, last_date, evidence_count, last_event_id
    from lows
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
