-- Findings as the lake has them: what was found again in texts, and the labels of messages without a text.
select
    c.topic, c.partition, c."offset", c.event_id, c.event_at, c.patient_key, c.line_code, c.source,
    f.ordinal, f.concept, f.kind, f.status, f.subject, f.speaker, f.mention, f.start_char, f.end_char, f.rule_id
from found as f
join lake.chats as c
    on c.topic = f.topic and c.partition = f.partition and c."offset" = f."offset" and c.event_id = f.event_id
union all
select
    topic, partition, "offset", event_id, event_at, patient_key, line_code, source,
    ordinal, concept, kind, status, subject, speaker, mention, start_char, end_char, rule_id
from lake.findings
where rule_id = 'label'
