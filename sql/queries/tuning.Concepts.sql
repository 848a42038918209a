-- Where statements disagree: for each concept, what patients said of themselves, and how many people both affirmed and denied
-- it within 30 days; the more, the likelier a rule reads one of them wrongly.
-- $line: filter, '' for all; $kind: filter, '' for all; $limit: rows
with statements as (
    select patient_id, concept, kind, event_at, status
    from fct_findings
    where subject = 'self' and speaker = 'patient' and status in ('present', 'absent') and ($kind = '' or kind = $kind)
        and ($line = '' or patient_id in (select patient_id from dim_patients where line_code = $line))
),

said as (
    select concept, kind, count(*) as mentions, count(*) filter (where status = 'absent') as absent, count(distinct patient_id) as people
    from statements
    group by concept, kind
),

-- Only who denied something can have said both; two neighbours of different kind, not more than 30 days apart.
neighbours as (
    select
        s.*,
        lag(s.status) over told as status_before,
        lag(s.event_at) over told as at_before
    from statements s
    semi join (select patient_id, concept, kind from statements where status = 'absent') d using (patient_id, concept, kind)
    window told as (partition by s.patient_id, s.concept, s.kind order by s.event_at, s.status)
),

torn as (
    select concept, kind, count(distinct patient_id) as people
    from neighbours
    where status <> status_before and event_at <= at_before + interval 30 days
    group by concept, kind
)

select
    s.concept,
    s.kind,
    s.mentions,
    s.absent,
    s.people,
    coalesce(t.people, 0) as torn,
    count(*) over () as concepts
from said s
left join torn t using (concept, kind)
order by torn desc, s.mentions desc, s.concept, s.kind
limit $limit
