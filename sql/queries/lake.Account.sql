-- Accounts for the records of some places, one row per partition: those with rows, those that are known to
-- have none and why, those that are missing, and those that a table holds twice. The first missing and the
-- first repeated offset are named. Tables: spans, placed, absent (see phdp lake verify). Parameters: from, until.
with held as (
    select distinct place
    from placed
    where place >= $from and place < $until
),

-- the same row of the same table, more than once
repeats as (
    select place, min(table_name) as table_name
    from (
        select place, table_name
        from placed
        where place >= $from and place < $until
        group by place, table_name, row_hash
        having count(*) > 1
    )
    group by place
),

known as (
    select place, min(reason) as reason
    from (
        select unnest(range(greatest(first_place, $from), least(end_place, $until))) as place, reason
        from absent
        where first_place < $until and end_place > $from
    )
    group by place
),

every as (
    select r.place, s.topic, s."partition", r.place - s.place + s.first_offset as "offset"
    from range($from, $until) as r (place)
    asof join spans as s on r.place >= s.place
)

select
    e.topic,
    e."partition",
    count(h.place) as held_count,
    count(*) filter (where h.place is null and k.reason = 'nothing') as nothing_count,
    count(*) filter (where h.place is null and k.reason = 'erased') as erased_count,
    count(*) filter (where h.place is null and k.reason is null) as missing_count,
    coalesce(min(e."offset") filter (where h.place is null and k.reason is null), -1) as first_missing,
    count(t.place) as twice_count,
    coalesce(min(e."offset") filter (where t.place is not null), -1) as first_twice,
    coalesce(min(t.table_name), '') as twice_table
from every as e
left join held as h on h.place = e.place
left join repeats as t on t.place = e.place
left join known as k on k.place = e.place
group by e.topic, e."partition"
order by e.topic, e."partition"
