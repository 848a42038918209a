-- A question of the care team that the patient answers with yes or no at the beginning of a message, as a statement of the
-- patient. Questions in a row wait together, for the next three messages of the patient within six messages and one day.
-- No, or a rest that is denied, denies all that the message does not name; yes affirms it when the message names no
-- symptom; what the message names itself it states. Anything else leaves the questions open. transform/answer.go is the same.
-- grain: source, event_id, ordinal
-- inputs: int_findings__statements, int_chats__messages
-- by: patient_id
with asked as (
    select *
    from int_findings__statements
    where status = 'asked' and speaker <> 'patient'
),

turns as (
    select
        patient_id, source, event_id, room_key, event_at, is_reply,
        row_number() over conversation as turn_no,
        sum(is_reply) over conversation as answer_no
    from (
        select
            m.patient_id, m.source, m.event_id, m.room_key, m.event_at, m."offset",
            case when m.speaker = 'patient' and m.text <> '' then 1 else 0 end as is_reply
        from int_chats__messages as m
        semi join asked as a on a.patient_id = m.patient_id
        where m.msg_type = 'text' and not m.is_withdrawn
    )
    window conversation as (
        partition by patient_id, source, room_key order by event_at, "offset", event_id
        rows between unbounded preceding and current row
    )
),

-- Questions between two messages of the patient are one run; its reach counts from the last of them.
questions as (
    select t.room_key, t.answer_no as run_no, t.turn_no, t.event_at, q.patient_id, q.source, q.concept, q.kind, q.subject
    from asked as q
    join turns as t on t.patient_id = q.patient_id and t.source = q.source and t.event_id = q.event_id
),

runs as (
    select
        patient_id, source, room_key, run_no,
        max(turn_no) as turn_no,
        max(event_at) as event_at,
        lead(run_no) over (partition by patient_id, source, room_key order by run_no) as next_run_no
    from questions
    group by patient_id, source, room_key, run_no
),

reached as (
    select r.patient_id, r.source, r.room_key, r.run_no, t.answer_no, t.event_id
    from runs as r
    join turns as t
        on t.patient_id = r.patient_id and t.source = r.source and t.room_key = r.room_key
        and t.is_reply = 1 and t.answer_no > r.run_no and t.answer_no <= r.run_no + 3
        and (r.next_run_no is null or t.answer_no <= r.next_run_no)
        and t.turn_no <= r.turn_no + 6 and t.event_at <= r.event_at + interval '24' hour
),

-- What a message begins with, without words that say neither yes nor no; what looks like a yes and is none goes first.
replies as (
    select
        r.*,
        t.event_at,
        t.event_date,
        t.text,
        regexp_replace(t.text, '^[ ，,。.哦噢呃额啊好]+', '') as opening,
        regexp_replace(
            regexp_replace(t.text, '^[ ，,。.哦噢呃额啊好]+', ''),
            '^(?:嗯[ ，,。]*)?(?:恩[ ，,。]*)?(?:就是[ ，,。]*)?(?:宝宝[ ，,。]*)?(?:孩子[ ，,。]*)?(?:医生[ ，,。]*)?(?:目前[ ，,。]*)?(?:现在[ ，,。]*)?(?:暂时[ ，,。]*)?(?:好像[ ，,。]*)?(?:应该[ ，,。]*)?(?:都[ ，,。]*)?(?:这些[ ，,。]*)?(?:一直[ ，,。]*)?(?:倒是[ ，,。]*)?(?:也[ ，,。]*)?(?:他[ ，,。]*)?(?:她[ ，,。]*)?(?:从来[ ，,。]*)?([^ ，,。])',
            '\1'
        ) as answer
    from reached as r
    join int_chats__messages as t on t.patient_id = r.patient_id and t.source = r.source and t.event_id = r.event_id
),

stated as (
    select
        patient_id,
        source,
        event_id,
        concept,
        bool_or(status in ('present', 'absent')) as is_settled,
        bool_or(kind in ('symptom', 'disease') and concept not in ('pain', 'discomfort')) as is_symptom
    from int_findings__statements
    where patient_id in (select patient_id from asked)
    group by patient_id, source, event_id, concept
),

-- The first message that names a question of the run: a yes in it is about that one. Pain and 不适 alone name no symptom.
named as (
    select q.patient_id, q.source, q.room_key, q.run_no, q.concept, min(r.answer_no) as answer_no
    from questions as q
    join replies as r on r.patient_id = q.patient_id and r.source = q.source and r.room_key = q.room_key and r.run_no = q.run_no
    join stated as s on s.patient_id = r.patient_id and s.source = r.source and s.event_id = r.event_id and s.concept = q.concept and s.is_settled
    group by q.patient_id, q.source, q.room_key, q.run_no, q.concept
),

judged as (
    select
        r.*,
        case
            when regexp_matches(r.text, '都没有|其他没有|其它没有|别的没有|其他的没有|其余没有|其他正常|其它正常|其他都好|别的都好') then 'absent'
            when regexp_matches(r.opening, '^(有时间|有什么|有没有|有关系|是不是|是什么|对了|会不会|没事|没关系|没办法|没问题|不客气|不好意思|不知道|不清楚|不一定|不用|不确定|没注意)') then ''
            when regexp_matches(r.answer, '^(什么都没有|全没有|这些都没有|你说的都没有|您说的都没有|没|木有|沒|都不|不|无|否|都正常|正常|从来没有|暂时没有|目前没有|现在没有|今天没有|好像没有|应该没有|倒没有)')
                then 'absent'
            when regexp_matches(r.answer, '^(有|是|对|嗯|恩|会|偶尔|经常|一直|都有|轻微|稍微|明显|好像有|确实有)') then 'present'
            else ''
        end as status,
        exists (
            select 1 from stated as s
            where s.patient_id = r.patient_id and s.source = r.source and s.event_id = r.event_id and s.is_symptom
        ) or exists (
            select 1 from named as n
            where n.patient_id = r.patient_id and n.source = r.source and n.room_key = r.room_key and n.run_no = r.run_no and n.answer_no = r.answer_no
        ) as is_about_itself
    from replies as r
),

-- The first message that settles a question, if it does not name it.
answered as (
    select
        q.patient_id,
        q.source,
        j.event_id,
        j.event_at,
        j.event_date,
        q.concept,
        q.kind,
        j.status,
        q.subject,
        left(rtrim(j.opening, '。．.!！~～，, '), 12) as mention
    from questions as q
    join judged as j on j.patient_id = q.patient_id and j.source = q.source and j.room_key = q.room_key and j.run_no = q.run_no
    left join named as n
        on n.patient_id = q.patient_id and n.source = q.source and n.room_key = q.room_key and n.run_no = q.run_no and n.concept = q.concept
    where (j.status = 'absent' or j.status = 'present' and not j.is_about_itself)
        and (n.answer_no is null or j.answer_no < n.answer_no)
    qualify dense_rank() over (partition by q.patient_id, q.source, q.room_key, q.run_no order by j.answer_no) = 1
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
