-- Tags of how a patient talks: much (text and voice), at night, or not at all to care workers who reach out, that is, write
-- when the patient has not written for 24 hours.
-- grain: patient_id, tag_id
-- inputs: int_chats__messages, ref.settings
-- by: patient_id
-- gives: eng_high_chat, eng_night, eng_no_reply
with messages as (
    select
        m.patient_id,
        m.event_id,
        m.event_at,
        m.event_date,
        m.speaker,
        m.room_key,
        m.msg_type,
        s.as_of - m.event_date as age_days,
        local_hour(m.event_at) as hour,
        min(m.event_at) filter (where m.speaker = 'patient') over (
            partition by m.patient_id order by m.event_at, m.event_id rows between 1 following and unbounded following
        ) as reply_at,
        max(m.event_at) filter (where m.speaker = 'patient') over (
            partition by m.patient_id order by m.event_at, m.event_id rows between unbounded preceding and 1 preceding
        ) as heard_at
    from int_chats__messages as m
    join ref.settings as s on m.event_date > s.as_of - 90
    where not m.is_withdrawn
),

own as (
    select
        patient_id,
        count(*) as count_90,
        count(*) filter (where hour >= 22 or hour < 6) as night_count,
        count(*) filter (where age_days < 30 and msg_type in ('text', 'voice')) as count_30,
        count(distinct event_date) filter (where age_days < 30 and msg_type in ('text', 'voice')) as days_30,
        min(event_date) as valid_from,
        max(event_date) as last_date,
        max_by(event_id, (event_at, event_id)) as last_event_id
    from messages
    where speaker = 'patient'
    group by patient_id
),

-- An outreach is unanswered when no message of the patient follows within 72 hours, and those are over.
unanswered as (
    select
        m.patient_id,
        count(distinct m.event_date) as days,
        min(m.event_date) as valid_from,
        max(m.event_date) as last_date,
        max_by(m.event_id, (m.event_at, m.event_id)) as last_event_id
    from messages as m
    where m.speaker = 'staff' and m.room_key = '' and m.age_days between 3 and 29
        and (m.heard_at is null or m.event_at > m.heard_at + interval 24 hour)
        and (m.reply_at is null or m.reply_at > m.event_at + interval 72 hour)
    group by m.patient_id
    having count(distinct m.event_date) >= 3
)

select patient_id, 'eng_high_chat' as tag_id, valid_from, last_date, count_30 as evidence_count, last_event_id, 1.0 as confidence
from own
where count_30 >= 10 and days_30 >= 3
union all
select patient_id, 'eng_night' as tag_id, valid_from, last_date, night_count as evidence_count, last_event_id, 1.0 as confidence
from own
where count_90 >= 10 and night_count >= 0.3 * count_90
union all
select patient_id, 'eng_no_reply' as tag_id, valid_from, last_date, days as evidence_count, last_event_id, 1.0 as confidence
from unanswered
