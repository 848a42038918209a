-- Tags from text over all time: enough findings on enough days inside any window of the rule, and the newest such
-- window. The tag of the day itself is int_tags__findings.
-- grain: patient_id, tag_id
-- inputs: int_tags__matches
-- by: patient_id
with matches as (
    select
        patient_id,
        tag_id,
        source || ' ' || event_id as evidence,
        any_value(event_id) as event_id,
        min(event_at) as event_at,
        min(event_date) as event_date,
        max(window_days) as window_days,
        min(min_count) as min_count,
        min(min_days) as min_days
    from int_tags__matches
    group by patient_id, tag_id, source || ' ' || event_id
),

-- For each finding what the window that ends with it holds.
windows as (
    select
        m.patient_id,
        m.tag_id,
        m.event_date as last_date,
        min(o.event_date) as valid_from,
        count(distinct o.evidence) as evidence_count,
        max_by(o.event_id, (o.event_at, o.event_id)) as last_event_id
    from (
        select distinct patient_id, tag_id, event_date, window_days, min_count, min_days
        from matches
        where min_count > 1 or min_days > 1
    ) as m
    join matches as o
        on o.patient_id = m.patient_id and o.tag_id = m.tag_id and o.event_date <= m.event_date
        and (m.window_days = 0 or o.event_date > m.event_date - m.window_days)
    group by m.patient_id, m.tag_id, m.event_date
    having count(distinct o.evidence) >= max(m.min_count) and count(distinct o.event_date) >= max(m.min_days)
),

-- Where one finding is enough it is a window of its own.
singles as (
    select
        patient_id,
        tag_id,
        event_date as last_date,
        event_date as valid_from,
        count(*) as evidence_count,
        max_by(event_id, (event_at, event_id)) as last_event_id
    from matches
    where min_count = 1 and min_days = 1
    group by patient_id, tag_id, event_date
)

select
    patient_id,
    tag_id,
    min(valid_from) as valid_from,
    max(last_date) as last_date,
    max_by(evidence_count, last_date) as evidence_count,
    max_by(last_event_id, last_date) as last_event_id,
    round(0.9 * (1 - pow(0.2, max_by(evidence_count, last_date))), 3) as confidence
from (select * from windows union all select * from singles)
group by patient_id, tag_id
