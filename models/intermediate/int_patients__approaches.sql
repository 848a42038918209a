-- Messages that the care team or a robot sent a patient on its own account, not within 24 hours of a message of the
-- patient, in the last 7 and 30 days; group chats do not count.
-- grain: patient_id
-- inputs: int_chats__messages, ref.settings
-- by: patient_id
-- due: select patient_id from int_chats__messages
--    where room_key = '' and (event_date + 7 between $last and $day or event_date + 30 between $last and $day or event_date + 32 between $last and $day)
with talks as (
    select
        patient_id,
        event_date,
        event_id,
        event_at,
        speaker,
        max(event_at) filter (where speaker = 'patient') over (
            partition by patient_id order by event_at, event_id rows between unbounded preceding and 1 preceding
        ) as heard_at
    from int_chats__messages
    join ref.settings as s on event_date > s.as_of - 32
    where room_key = ''
)

select
    t.patient_id,
    cast(count(*) filter (where t.event_date > s.as_of - 7) as integer) as week_count,
    cast(count(*) as integer) as month_count,
    max(t.event_date) as last_date,
    max_by(t.event_id, (t.event_at, t.event_id)) as last_event_id
from talks as t
join ref.settings as s on t.event_date > s.as_of - 30
where t.speaker <> 'patient' and (t.heard_at is null or t.event_at > t.heard_at + interval 24 hour)
group by t.patient_id
