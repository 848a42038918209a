-- Dead letters by topic, reason and field: how many, how many of them are in the lake after all (replayed),
-- partition and offset of the first that waits, since when.
-- $topic, $reason: filters, '' for all
with kept as (
    select distinct topic, "partition", "offset" from lake.chats
    union select topic, "partition", "offset" from lake.prescriptions
    union select topic, "partition", "offset" from lake.activities
)

select
    d.topic,
    d.reason,
    d.field,
    count(*) as letters,
    count(k.topic) as replayed,
    coalesce(min_by(d.partition || '/' || d."offset", d."offset") filter (where k.topic is null), '-') as first_waiting,
    strftime(min(d.event_at), '%Y-%m-%d %H:%M') as first_at,
    strftime(max(d.event_at), '%Y-%m-%d %H:%M') as last_at
from lake.deadletters as d
left join kept as k on k.topic = d.topic and k.partition = d.partition and k."offset" = d."offset"
where ($topic = '' or d.topic = $topic) and ($reason = '' or d.reason = $reason)
group by all
order by letters desc, d.topic, d.reason, d.field
