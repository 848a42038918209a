-- Where statements disagree: for each concept, what patients said of themselves, and how many people both affirmed and denied
-- it within 30 days; the more, the likelier a rule reads one of them wrongly.
-- $line: filter, '' for all; $kind: filter, '' for all; $limit: rows
with said as (
    select patient_id, concept, kind, count(*) as mentions, count(*) filter (where status = 'absent') as absent,
        case when bool_or(status = 'absent') and bool_or(status = 'present') then list_sort(list({'at': event_at, 'status': status})) end as statements
    from fct_findings
    where subject = 'self' and speaker = 'patient' and status in ('present', 'absent') and ($kind = '' or kind = $kind)
        and ($line = '' or patient_id in (select patient_id from dim_patients where line_code = $line))
    group by patient_id, concept, kind
),

-- two neighbours of different kind, not more than 30 days apart
judged as (
    select *,
        len(list_filter(range(1, coalesce(len(statements), 0)), i -> statements[i].status <> statements[i + 1].status and statements[i + 1].at <= statements[i].at + interval 30 days)) > 0 as is_torn
    from said
)

select
    concept,
    kind,
    cast(sum(mentions) as bigint) as mentions,
    cast(sum(absent) as bigint) as absent,
    count(*) as people,
    count(*) filter (where is_torn) as torn,
    count(*) over () as concepts
from judged
group by concept, kind
order by torn desc, mentions desc, concept, kind
limit $limit
