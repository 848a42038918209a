-- Tags of what a patient does: how lately, whether they rather read or watch, groups, check-ins.
-- grain: patient_id, tag_id
-- inputs: int_patients__profile, int_patients__contacts, int_patients__relations, int_activities__events, ref.settings
-- gives: eng_active_7d, eng_active_30d, eng_dormant, eng_lost, eng_video_pref, eng_text_pref,
--    eng_group_member, eng_group_left, eng_checkin_streak, eng_unfriended
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

content as (
    select
        patient_id,
        count(*) as content_count,
        count(*) filter (where activity_type <> 'read_article') as video_count,
        min(event_date) as valid_from,
        max(event_date) as last_date,
        max_by(event_id, (event_at, event_id)) as last_event_id
    from events
    where activity_type in ('read_article', 'view_live', 'view_video') and age_days < 90
    group by patient_id
    having count(*) >= 5
),

groups as (
    select
        patient_id,
        count(*) filter (where activity_type = 'join_group') > count(*) filter (where activity_type = 'leave_group') as is_member,
        max_by(activity_type, (event_at, event_id)) = 'leave_group' as has_left,
        max(event_date) as last_date,
        count(*) as evidence_count,
        max_by(event_id, (event_at, event_id)) as last_event_id
    from int_activities__events
    where activity_type in ('join_group', 'leave_group')
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
        p.patient_id, coalesce(b.tag_id, 'eng_lost') as tag_id, coalesce(c.last_own_date, s.as_of) as valid_from, s.as_of as last_date,
        1 as evidence_count, coalesce(c.last_own_event_id, '') as last_event_id
    from int_patients__profile as p
    cross join ref.settings as s
    left join int_patients__contacts as c on c.patient_id = p.patient_id
    left join bands as b on s.as_of - c.last_own_date between b.from_days and b.to_days
    union all
    select
        patient_id, case when video_count >= 0.6 * content_count then 'eng_video_pref' else 'eng_text_pref' end as tag_id,
        valid_from, last_date, content_count as evidence_count, last_event_id
    from content
    where video_count >= 0.6 * content_count or video_count <= 0.4 * content_count
    union all
    select g.patient_id, 'eng_group_member' as tag_id, g.last_date as valid_from, s.as_of as last_date, g.evidence_count, g.last_event_id
    from groups as g
    cross join ref.settings as s
    where g.is_member
    union all
    select g.patient_id, 'eng_group_left' as tag_id, g.last_date as valid_from, g.last_date, g.evidence_count, g.last_event_id
    from groups as g
    join ref.settings as s on g.last_date > s.as_of - 90
    where g.has_left and not g.is_member
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
