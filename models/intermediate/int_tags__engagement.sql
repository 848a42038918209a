-- Tags of what a patient does: how lately, groups, check-ins, exercise. A patient is in a group whose newest event is that
-- they joined. Minutes of exercise are measurements, their mean that of the weeks that have some.
-- grain: patient_id, tag_id
-- inputs: int_patients__profile, int_patients__contacts, int_patients__relations, int_activities__events, int_measurements__readings, ref.settings
-- by: patient_id
-- due: select patient_id from int_patients__contacts
--    where last_own_date + 7 between $last and $day or last_own_date + 31 between $last and $day or last_own_date + 61 between $last and $day
--    union all select patient_id from int_activities__events
--    where activity_type in ('join_group', 'leave_group') and event_date + 90 between $last and $day
--        or activity_type in ('check_in_medicine', 'check_in_exercise') and (event_date + 2 between $last and $day or event_date + 365 between $last and $day)
--    union all select patient_id from int_measurements__readings where kind = 'exercise_minutes' and event_date + 28 >= $last
-- view: one reader
-- gives: eng_active_7d, eng_active_30d, eng_dormant, eng_lost,
--    eng_group_member, eng_group_left, eng_checkin_streak, eng_unfriended, exercise_regular, exercise_low
with bands (tag_id, from_days, to_days) as (
    values ('eng_active_7d', 0, 6), ('eng_active_30d', 7, 30), ('eng_dormant', 31, 60), ('eng_lost', 61, 100000)
),

events as (
    select
        e.patient_id,
        e.activity_type,
        e.event_id,
        e.event_at,
        e.event_date,
        s.as_of - e.event_date as age_days
    from int_activities__events as e
    join ref.settings as s on e.event_date > s.as_of - 365
),

exercises as (
    select
        m.patient_id,
        cast(sum(exact(m.value)) as double) / count(distinct floor((s.as_of - m.event_date) / 7)) as weekly_minutes,
        min(m.event_date) as valid_from,
        max(m.event_date) as last_date,
        count(*) as evidence_count,
        max_by(m.event_id, (m.event_at, m.event_id)) as last_event_id
    from int_measurements__readings as m
    join ref.settings as s on m.event_date > s.as_of - 28
    where m.kind = 'exercise_minutes'
    group by m.patient_id
    having count(distinct floor((s.as_of - m.event_date) / 7)) >= 2
),

moves as (
    select
        patient_id,
        max_by(activity_type, (event_at, event_id)) = 'join_group' as is_in,
        max(event_date) as last_date,
        count(*) as move_count,
        max(event_at) as event_at,
        max_by(event_id, (event_at, event_id)) as event_id
    from int_activities__events
    where activity_type in ('join_group', 'leave_group')
    group by patient_id, coalesce(json_extract_string(attributes, '$.group'), '')
),

groups as (
    select
        patient_id,
        bool_or(is_in) as is_member,
        max(last_date) as last_date,
        sum(move_count) as evidence_count,
        max_by(event_id, (event_at, event_id)) as last_event_id
    from moves
    group by patient_id
),

-- Runs of consecutive days have one value of day less rank.
streaks as (
    select patient_id, min(event_date) as valid_from, max(event_date) as last_date, count(*) as days
    from (
        select distinct patient_id, event_date, event_date - cast(dense_rank() over (partition by patient_id order by event_date) as integer) as run
        from events
        where activity_type in ('check_in_medicine', 'check_in_exercise')
    )
    group by patient_id, run
),

tagged as (
    select
        p.patient_id, coalesce(b.tag_id, 'eng_lost') as tag_id, coalesce(c.last_own_date, local_date(p.first_contact_at)) as valid_from, date '9999-12-31' as last_date,
        1 as evidence_count, coalesce(c.last_own_event_id, '') as last_event_id
    from int_patients__profile as p
    cross join ref.settings as s
    left join int_patients__contacts as c on c.patient_id = p.patient_id
    left join bands as b on s.as_of - c.last_own_date between b.from_days and b.to_days
    union all
    select g.patient_id, 'eng_group_member' as tag_id, g.last_date as valid_from, date '9999-12-31' as last_date, g.evidence_count, g.last_event_id
    from groups as g
    where g.is_member
    union all
    select g.patient_id, 'eng_group_left' as tag_id, g.last_date as valid_from, g.last_date, g.evidence_count, g.last_event_id
    from groups as g
    join ref.settings as s on g.last_date > s.as_of - 90
    where not g.is_member
    union all
    select
        patient_id, case when weekly_minutes >= 150 then 'exercise_regular' else 'exercise_low' end as tag_id,
        valid_from, last_date, evidence_count, last_event_id
    from exercises
    where weekly_minutes >= 150 or weekly_minutes < 30
    union all
    select k.patient_id, 'eng_checkin_streak' as tag_id, k.valid_from, k.last_date, k.days as evidence_count, '' as last_event_id
    from streaks as k
    join ref.settings as s on k.last_date >= s.as_of - 1
    where k.days >= 7
    union all
    select
        r.patient_id, 'eng_unfriended' as tag_id, r.last_move_date as valid_from, r.last_move_date as last_date,
        1 as evidence_count, r.last_event_id
    from int_patients__relations as r
    where r.is_unfriended
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
