-- Turns of patients in talks with a care worker, and the minutes of service time until the care worker wrote again:
-- service hours are 9 to 18 o'clock in Shanghai, every day. A turn begins when the patient writes after the care
-- worker or after 24 hours; minutes is empty without an answer within 72 hours.
-- grain: source, event_id
-- inputs: int_chats__messages
-- by: patient_id
with talks as (
    select
        patient_id,
        source,
        event_id,
        speaker,
        staff_id,
        event_at,
        event_date,
        -- Minutes of service since 1970: nine hours a day, and nothing outside them.
        date_diff('day', date '1970-01-01', event_date) * 540
            + least(540, greatest(0, minute_of_day(event_at) - 540)) as service_minute
    from int_chats__messages
    where room_key = '' and speaker in ('patient', 'staff')
),

-- Of what one side says in a row only the first message matters, and what the patient says a day later.
turns as (
    select
        *,
        lag(speaker) over talk as speaker_before,
        lag(event_at) over talk as event_before
    from talks
    window talk as (partition by patient_id order by event_at, event_id, source)
    qualify speaker_before is null or speaker <> speaker_before or (speaker = 'patient' and event_at > event_before + interval '24' hour)
),

answered as (
    select
        *,
        min(case when speaker = 'staff' then event_at end) over following as answered_at,
        min(case when speaker = 'staff' then service_minute end) over following as answer_minute
    from turns
    window following as (partition by patient_id order by event_at, event_id, source rows between 1 following and unbounded following)
)

select
    patient_id,
    source,
    event_id,
    staff_id,
    cast(date_trunc('month', event_date) as date) as month_start,
    case when answered_at <= event_at + interval '72' hour then answer_minute - service_minute end as minutes
from answered
where speaker = 'patient'
