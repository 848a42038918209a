-- Findings in text that count for a tag by the rules of tag_concepts, of all time, with the words that were read. An empty
-- word or * in a rule matches everything. A tag of one line needs a patient of that line or of no known line. What came
-- before an answer (int_tags__closures) and what is read otherwise (int_tags__set_aside) does not count.
-- grain: patient_id, tag_id, source, event_id, ordinal
-- inputs: int_findings__statements, int_findings__answers, int_tags__closures, int_tags__set_aside, int_patients__lines,
--    ref.tag_concepts, ref.tags, ref.settings
-- by: patient_id
-- due: select patient_id from int_tags__matches where event_date + window_days between $last and $day
with findings as (
    select patient_id, source, event_id, ordinal, event_at, event_date, concept, kind, status, subject, speaker, mention
    from int_findings__statements
    union all
    select patient_id, source, event_id, ordinal, event_at, event_date, concept, kind, status, subject, speaker, mention
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
        nullif(nullif(t.line_code, 'all'), '') as line_code
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
        nullif(nullif(t.line_code, 'all'), '') as line_code
    from ref.tag_concepts as c
    join ref.tags as t on t.tag_id = c.tag_id
),

-- The concept is compared before everything else, so that most rules are never looked at.
matches as (
    select f.*, r.tag_id, r.window_days, r.min_count, r.min_days, r.line_code
    from findings as f
    join rules as r
        on r.concept = f.concept
        and coalesce(r.kind, f.kind) = f.kind
        and coalesce(r.status, f.status) = f.status
        and coalesce(r.speaker, f.speaker) = f.speaker
        and coalesce(r.subject, f.subject) = f.subject
    union all
    select f.*, r.tag_id, r.window_days, r.min_count, r.min_days, r.line_code
    from findings as f
    join rules as r
        on r.concept is null
        and r.kind = f.kind
        and coalesce(r.status, f.status) = f.status
        and coalesce(r.speaker, f.speaker) = f.speaker
        and coalesce(r.subject, f.subject) = f.subject
)

select
    m.patient_id,
    m.tag_id,
    m.source,
    m.event_id,
    m.ordinal,
    min(m.event_at) as event_at,
    min(m.event_date) as event_date,
    min(m.concept) as concept,
    min(m.mention) as mention,
    max(m.window_days) as window_days,
    min(m.min_count) as min_count,
    min(m.min_days) as min_days,
    bool_or(m.window_days = 0 or m.event_date > s.as_of - m.window_days) as is_recent
from matches as m
cross join ref.settings as s
left join int_tags__closures as c on c.patient_id = m.patient_id and c.tag_id = m.tag_id and m.event_at <= c.closed_at
left join int_tags__set_aside as a
    on a.patient_id = m.patient_id and a.tag_id = m.tag_id and a.source = m.source and a.event_id = m.event_id and a.concept = m.concept
where c.patient_id is null
    and a.tag_id is null
    and (
        m.line_code is null
        or m.patient_id in (select patient_id from int_patients__lines where line_code = m.line_code)
        or m.patient_id not in (select patient_id from int_patients__lines)
    )
group by m.patient_id, m.tag_id, m.source, m.event_id, m.ordinal
