-- One row per partition: the records that some table holds, those that are missing between the first and
-- the next offset, and those that one table holds twice. Tables: reached, coordinates (see phdp lake verify).
with records as (
    select topic, partition, "offset", max(row_count - ordinals) as repeats
    from coordinates
    group by topic, partition, "offset"
),

held as (
    select
        topic,
        partition,
        min("offset") as first_offset,
        max("offset") as last_offset,
        count(*) as record_count,
        count(*) filter (where repeats > 0) as twice_count
    from records
    group by topic, partition
)

select
    coalesce(r.topic, h.topic) as topic,
    coalesce(r.partition, h.partition) as partition,
    coalesce(h.first_offset, r.next_offset) as first_offset,
    coalesce(r.next_offset, h.last_offset + 1) as next_offset,
    coalesce(h.record_count, 0) as records,
    coalesce(r.next_offset, h.last_offset + 1) - coalesce(h.first_offset, r.next_offset) - coalesce(h.record_count, 0) as missing,
    coalesce(h.twice_count, 0) as twice
from reached as r
full join held as h on h.topic = r.topic and h.partition = r.partition
order by 1, 2
