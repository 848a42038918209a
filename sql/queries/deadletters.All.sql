-- Dead letters in the order in which they came, whether they were replayed or not.
-- $topic, $reason: filters, '' for all; $partition, $offset: one record, -1 for all
select d.topic, d.partition, d."offset", d.event_at, d.reason, d.field, d.detail, d.payload
from lake.deadletters as d
where ($topic = '' or d.topic = $topic) and ($reason = '' or d.reason = $reason)
    and ($partition < 0 or d.partition = $partition) and ($offset < 0 or d."offset" = $offset)
order by d.topic, d.partition, d."offset"
