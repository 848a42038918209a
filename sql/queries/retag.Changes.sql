-- Concepts of which the catalogue finds more or less than what was stored, by place and status in a message.
with stored as (
    select topic, partition, "offset", event_id, concept, kind, status, subject, start_char, end_char
    from lake.findings
    where rule_id <> 'label'
),
now as (
    select topic, partition, "offset", event_id, concept, kind, status, subject, start_char, end_char
    from found
),
gained as (
    select concept, kind, count(*) as n from (select * from now except select * from stored) group by concept, kind
),
lost as (
    select concept, kind, count(*) as n from (select * from stored except select * from now) group by concept, kind
),
counted as (
    select concept, kind, count(*) filter (where is_now) as now, count(*) filter (where not is_now) as before
    from (select concept, kind, true as is_now from now union all select concept, kind, false as is_now from stored)
    group by concept, kind
)
select c.concept, c.kind, c.before, c.now, coalesce(g.n, 0) as gained, coalesce(l.n, 0) as lost
from counted as c
left join gained as g on g.concept = c.concept and g.kind = c.kind
left join lost as l on l.concept = c.concept and l.kind = c.kind
where coalesce(g.n, 0) + coalesce(l.n, 0) > 0
order by gained + lost desc, c.concept
