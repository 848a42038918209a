-- A question of the care team that the patient answers with a bare yes or no, as a statement of the patient:
-- the next message of the conversation within a day, when it is nothing but the answer.
-- grain: source, event_id, ordinal
-- inputs: int_findings__statements, int_chats__messages
with asked as (
    select *
    from int_findings__statements
    where status = 'asked' and speaker <> 'patient'
),

turns as (
    select
        patient_id,
        source,
        event_id,
        event_at,
        event_date,
        speaker,
        lead(event_id) over conversation as answer_id,
        lead(event_at) over conversation as answer_at,
        lead(event_date) over conversation as answer_date,
        lead(speaker) over conversation as answer_speaker,
        lead(rtrim(left(trim(text), 12), '。．.!！~～，, ')) over conversation as answer
    from int_chats__messages
    where msg_type = 'text' and not is_withdrawn and patient_id in (select patient_id from asked)
    window conversation as (partition by patient_id, source, room_key order by event_at, topic, partition, "offset")
),

words (answer, status) as (
    values
        ('有', 'present'), ('有的', 'present'), ('是', 'present'), ('是的', 'present'), ('对', 'present'), ('对的', 'present'),
        ('嗯', 'present'), ('会', 'present'), ('会的', 'present'), ('有点', 'present'), ('有一点', 'present'),
        ('没有', 'absent'), ('没', 'absent'), ('没有了', 'absent'), ('没有的', 'absent'), ('无', 'absent'), ('不', 'absent'),
        ('不是', 'absent'), ('不会', 'absent'), ('都没有', 'absent'), ('没有过', 'absent')
),

answered as (
    select
        q.patient_id,
        q.source,
        t.answer_id as event_id,
        t.answer_at as event_at,
        t.answer_date as event_date,
        q.concept,
        q.kind,
        w.status,
        q.subject,
        t.answer as mention
    from asked as q
    join turns as t on t.source = q.source and t.event_id = q.event_id
    join words as w on w.answer = t.answer
    where t.answer_speaker = 'patient'
        and t.answer_at <= t.event_at + interval 1 day
)

select
    patient_id,
    source,
    event_id,
    10000 + cast(row_number() over (partition by source, event_id order by concept, kind, subject) as integer) as ordinal,
    any_value(event_at) as event_at,
    any_value(event_date) as event_date,
    concept,
    kind,
    status,
    subject,
    'patient' as speaker,
    any_value(mention) as mention
from answered
group by patient_id, source, event_id, concept, kind, status, subject
