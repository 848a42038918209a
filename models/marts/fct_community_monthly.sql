-- How alive the patients' group chats are, month by month: who writes, who writes for the first time, how much, and whether
-- the care team is there. A group without a message in a month has no row.
-- grain: room_key, month_start
-- inputs: int_chats__messages
-- room_key: pseudonym of the group chat
-- month_start: first day of the month
-- line_code: line of disease of most messages, ties by code
-- message_count: messages of patients
-- active_count: patients who wrote
-- new_active_count: of these, patients who had never written in the group before
-- active_day_count: days with a message of a patient
-- staff_message_count: messages of care workers and robots
-- messages_per_active: message_count / active_count, empty when no patient wrote
-- change_ratio: active_count / active_count of the month before - 1, empty when nobody wrote then
with messages as (
    select
        room_key,
        cast(date_trunc('month', event_date) as date) as month_start,
        patient_id,
        line_code,
        speaker = 'patient' as is_patient,
        count(*) as message_count
    from int_chats__messages
    where room_key <> ''
    group by room_key, cast(date_trunc('month', event_date) as date), patient_id, line_code, speaker = 'patient'
),

days as (
    select room_key, cast(date_trunc('month', event_date) as date) as month_start, count(distinct event_date) as active_day_count
    from int_chats__messages
    where room_key <> '' and speaker = 'patient'
    group by room_key, cast(date_trunc('month', event_date) as date)
),

lines as (
    select
        room_key,
        month_start,
        min_by(line_code, (-message_count, line_code)) as line_code
    from (
        select room_key, month_start, line_code, sum(message_count) as message_count
        from messages
        where line_code <> ''
        group by room_key, month_start, line_code
    )
    group by room_key, month_start
),

firsts as (
    select room_key, first_month as month_start, count(*) as new_active_count
    from (select room_key, patient_id, min(month_start) as first_month from messages where is_patient group by room_key, patient_id)
    group by room_key, first_month
),

months as (
    select
        room_key,
        month_start,
        coalesce(sum(message_count) filter (where is_patient), 0) as message_count,
        count(distinct patient_id) filter (where is_patient) as active_count,
        coalesce(sum(message_count) filter (where not is_patient), 0) as staff_message_count
    from messages
    group by room_key, month_start
)

select
    m.room_key,
    m.month_start,
    coalesce(l.line_code, '') as line_code,
    cast(m.message_count as bigint) as message_count,
    m.active_count,
    coalesce(f.new_active_count, 0) as new_active_count,
    coalesce(d.active_day_count, 0) as active_day_count,
    cast(m.staff_message_count as bigint) as staff_message_count,
    m.message_count / nullif(m.active_count, 0) as messages_per_active,
    m.active_count / nullif(b.active_count, 0) - 1 as change_ratio
from months as m
left join lines as l on l.room_key = m.room_key and l.month_start = m.month_start
left join days as d on d.room_key = m.room_key and d.month_start = m.month_start
left join firsts as f on f.room_key = m.room_key and f.month_start = m.month_start
left join months as b on b.room_key = m.room_key and b.month_start = cast(m.month_start - to_months(1) as date)
order by m.room_key, m.month_start
