-- Tags from text by the rules of tag_concepts: enough findings, on enough days, inside the window of the
-- rule. An empty word or * in a rule matches everything. A tag of one line needs a patient of that line
-- or of no known line. What came before an answer (int_tags__closures) does not count.
-- grain: patient_id, tag_id
-- inputs: int_findings__statements, int_findings__answers, int_tags__closures, int_patients__lines,
--    ref.tag_concepts, ref.tags, ref.settings
with findings as (
    select patient_id, source, event_id, event_at, event_date, concept, kind, status, subject, speaker
    from int_findings__statements
    union all
    select patient_id, source, event_id, event_at, event_date, concept, kind, status, subject, speaker
    from int_findings__answers
),

rules as (
    select
        c.tag_id,
        nullif(nullif(c.concept, '*'), '') as concept,
        nullif(nullif(c.kind, '*'), '') as kind,
        nullif(nullif(c.status, '*'), '') as status,
        nullif(nullif(c.speaker, '*'), '') as speaker,
        nullif(nullif(c.subject, '*'), '') as subject,
        coalesce(c.window_days, 0) as window_days,
        greatest(coalesce(c.min_count, 1), 1) as min_count,
        greatest(coalesce(c.min_days, 1), 1) as min_days,
        case when t.line_code in ('all', '') then null else t.line_code end as line_code
    from ref.tag_concepts as c
    join ref.tags as t on t.tag_id = c.tag_id

    union

    -- A label that names a tag is a finding of kind tag: another system has counted, so one is enough.
    select
        c.tag_id,
        c.tag_id as concept,
        'tag' as kind,
        'present' as status,
        nullif(nullif(c.speaker, '*'), '') as speaker,
        null as subject,
        coalesce(c.window_days, 0) as window_days,
        1 as min_count,
        1 as min_days,
        case when t.line_code in ('all', '') then null else t.line_code end as line_code
    from ref.tag_concepts as c
    join ref.tags as t on t.tag_id = c.tag_id
),

matches as (
    select
        f.patient_id,
        r.tag_id,
        r.min_count,
        r.min_days,
        r.line_code,
        f.source || ' ' || f.event_id as evidence,
        f.event_id,
        f.event_at,
        f.event_date
    from findings as f
    cross join ref.settings as s
    join rules as r
        on r.concept is not distinct from f.concept
        and coalesce(r.kind, f.kind) = f.kind
        and coalesce(r.status, f.status) = f.status
        and coalesce(r.speaker, f.speaker) = f.speaker
        and coalesce(r.subject, f.subject) = f.subject
        and (r.window_days = 0 or f.event_date > s.as_of - r.window_days)
    union
    select
        f.patient_id,
        r.tag_id,
        r.min_count,
        r.min_days,
        r.line_code,
        f.source || ' ' || f.event_id as evidence,
        f.event_id,
        f.event_at,
        f.event_date
    from findings as f
    cross join ref.settings as s
    join rules as r
        on r.concept is null
        and r.kind = f.kind
        and coalesce(r.status, f.status) = f.status
        and coalesce(r.speaker, f.speaker) = f.speaker
        and coalesce(r.subject, f.subject) = f.subject
        and (r.window_days = 0 or f.event_date > s.as_of - r.window_days)
),

open_matches as (
    select m.*
    from matches as m
    left join int_tags__closures as c on c.patient_id = m.patient_id and c.tag_id = m.tag_id
    where c.closed_at is null or m.event_at > c.closed_at
),

counted as (
    select
        patient_id,
        tag_id,
        any_value(line_code) as line_code,
        min(event_date) as valid_from,
        max(event_date) as last_date,
        count(distinct evidence) as evidence_count,
        max_by(event_id, (event_at, event_id)) as last_event_id
    from open_matches
    group by patient_id, tag_id
    having count(distinct evidence) >= min(min_count) and count(distinct event_date) >= min(min_days)
)

select
    c.patient_id,
    c.tag_id,
    c.valid_from,
    c.last_date,
    c.evidence_count,
    c.last_event_id,
    -- One mention may be a slip of the rule, several rarely are.
    1 - pow(0.2, c.evidence_count) as confidence
from counted as c
where c.line_code is null
    or c.patient_id in (select patient_id from int_patients__lines where line_code = c.line_code)
    or c.patient_id not in (select patient_id from int_patients__lines)
