-- Dead letters that are not in the lake yet, in the order in which they came.
-- $topic, $reason: filters, '' for all; $partition, $offset: one record, -1 for all
with kept as (
    select distinct topic, "partition", "offset" from lake.chats
    union select topic, "partition", "offset" from lake.prescriptions
    union select topic, "partition", "offset" from lake.activities
)

select d.topic, d.partition, d."offset", d.event_at, d.reason, d.field, d.detail, d.payload
from lake.deadletters as d
anti join kept as k on k.topic = d.topic and k.partition = d.partition and k."offset" = d."offset"
where ($topic = '' or d.topic = $topic) and ($reason = '' or d.reason = $reason)
    and ($partition < 0 or d.partition = $partition) and ($offset < 0 or d."offset" = $offset)
order by d.topic, d.partition, d."offset"
