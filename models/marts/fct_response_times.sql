-- How quickly the care team answers: for every care worker and month, the time from the first message of a patient's
-- turn to the next message of the care worker, counted in service hours (9 to 18 o'clock in Shanghai, every day). A turn
-- begins when the patient writes after the care worker or after 24 hours; it is answered within 72 hours or not.
-- grain: staff_id, month_start
-- inputs: int_chats__messages
-- staff_id: care worker to whom the patient wrote
-- month_start: first day of the month of the question
-- turn_count: turns of patients
-- answered_count: of these, turns with an answer within 72 hours
-- p50_minutes: median minutes of service time until the answer, of answered turns; 0 when asked and answered outside service hours
-- p90_minutes: minutes within which 90 % of the answers came
with talks as (
    select
        patient_id,
        speaker,
        staff_id,
        event_at,
        event_date,
        event_id,
        -- Minutes of service since 1970: nine hours a day, and nothing outside them.
        date_diff('day', date '1970-01-01', event_date) * 540
            + least(540, greatest(0, date_diff('minute', day_end(event_date - 1), event_at) - 540)) as service_minute
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
    window talk as (partition by patient_id order by event_at, event_id)
    qualify speaker_before is null or speaker <> speaker_before or (speaker = 'patient' and event_at > event_before + interval '24' hour)
),

answered as (
    select
        *,
        min(case when speaker = 'staff' then event_at end) over following as answered_at,
        min(case when speaker = 'staff' then service_minute end) over following as answer_minute
    from turns
    window following as (partition by patient_id order by event_at, event_id rows between 1 following and unbounded following)
),

questions as (
    select
        staff_id,
        cast(date_trunc('month', event_date) as date) as month_start,
        case when answered_at <= event_at + interval '72' hour then answer_minute - service_minute end as minutes
    from answered
    where speaker = 'patient'
)

select
    staff_id,
    month_start,
    count(*) as turn_count,
    count(minutes) as answered_count,
    cast(quantile_cont(minutes, 0.5) as double) as p50_minutes,
    cast(quantile_cont(minutes, 0.9) as double) as p90_minutes
from questions
group by staff_id, month_start
order by staff_id, month_start
