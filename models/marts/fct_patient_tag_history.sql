-- Every tag that a patient has or had by the evidence that the build knows, also those that ended: their time ran
-- out, or another tag of the group is surer or newer. What was once given and whose evidence is gone (a recalled
-- message) has no row.
-- grain: patient_id, tag_id
-- inputs: int_tags__all, int_tags__findings_history, int_tags__matches, int_tags__evidence, fct_patient_tags, ref.tags, ref.settings
-- by: patient_id
-- due: select patient_id from fct_patient_tag_history where valid_to between $last and $day
-- patient_id: the person
-- tag_id: tag of the catalogue
-- valid_from: first day of the evidence
-- valid_to: last day on which it held or will hold without new evidence; empty when it holds until contradicted, as a state does
-- state: current, expired (its days are over) or replaced (by another tag of its group, or a condition on other tags is not met)
-- evidence_count: events that it rests on
-- last_event_id: newest of these events, empty when it rests on a state and not on an event
-- evidence: up to five of them, newest first, joined by "; ": day, event id, and what was seen; a tag that it rests on has the word tag
-- confidence: 0 to 1; 1 for structured data
-- rule_id: files with the rules that gave it, joined by ;: tag_concepts (texts), tag_rules, or a model int_tags__*
-- catalogue_version: version of the catalogue of tags, as phdp tags check prints it
-- rule_version: fingerprint of the words of the rule, its group and its days, which changes when they change
with tags as (
    select tag_id, ttl_days, catalogue_version, left(md5(concat_ws('|', rule, excl_group, ttl_days)), 8) as rule_version
    from ref.tags
),

-- Texts of all time may say more of these tags than what holds today.
told as (
    select patient_id, tag_id from int_tags__findings_history
    union
    select m.patient_id, m.tag_id
    from int_tags__matches as m
    anti join int_tags__evidence as e on e.patient_id = m.patient_id and e.tag_id = m.tag_id
),

-- All others that hold today are as fct_patient_tags has them.
given as (
    select a.patient_id, a.tag_id, a.valid_from, a.last_date, a.evidence_count, a.last_event_id, a.confidence, a.rule_id
    from int_tags__all as a
    semi join told as t on t.patient_id = a.patient_id and t.tag_id = a.tag_id
    union all
    select a.patient_id, a.tag_id, a.valid_from, a.last_date, a.evidence_count, a.last_event_id, a.confidence, a.rule_id
    from int_tags__all as a
    anti join told as t on t.patient_id = a.patient_id and t.tag_id = a.tag_id
    anti join fct_patient_tags as f on f.patient_id = a.patient_id and f.tag_id = a.tag_id
    union all
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id, confidence, null as rule_id
    from int_tags__findings_history
),

joined as (
    select
        patient_id,
        tag_id,
        min(valid_from) as valid_from,
        max(last_date) as last_date,
        max(evidence_count) as evidence_count,
        max_by(last_event_id, (last_date, last_event_id)) as last_event_id,
        max(confidence) as confidence,
        max(rule_id) as rule_id
    from given
    group by patient_id, tag_id
),

dated as (
    select
        j.*,
        t.catalogue_version,
        case when t.ttl_days > 0 and j.last_date < date '9999-12-31' then j.last_date + (t.ttl_days - 1) end as valid_to,
        t.rule_version
    from joined as j
    join tags as t on t.tag_id = j.tag_id
),

-- Of a tag that texts gave once and do not give today int_tags__evidence knows nothing: the newest messages stand for it.
said as (
    select
        m.patient_id,
        m.tag_id,
        m.event_id,
        coalesce(nullif(m.mention, ''), m.concept) as seen,
        max(m.event_at) as event_at,
        row_number() over (partition by m.patient_id, m.tag_id order by max(m.event_at) desc, m.event_id desc, coalesce(nullif(m.mention, ''), m.concept)) as evidence_no
    from int_tags__matches as m
    join joined as j on j.patient_id = m.patient_id and j.tag_id = m.tag_id and m.event_date <= j.last_date
    anti join int_tags__evidence as e on e.patient_id = m.patient_id and e.tag_id = m.tag_id
    group by m.patient_id, m.tag_id, m.event_id, coalesce(nullif(m.mention, ''), m.concept)
),

texts as (
    select
        patient_id,
        tag_id,
        evidence_no,
        concat_ws(' ', cast(local_date(event_at) as varchar), nullif(event_id, ''), seen) as text
    from (
        select e.patient_id, e.tag_id, e.event_id, e.seen, e.event_at, e.evidence_no
        from int_tags__evidence as e
        semi join joined as j on j.patient_id = e.patient_id and j.tag_id = e.tag_id
        union all
        select patient_id, tag_id, event_id, seen, event_at, evidence_no from said where evidence_no <= 5
    )
),

shown as (
    select
        patient_id,
        tag_id,
        concat_ws(
            '; ',
            max(text) filter (where evidence_no = 1),
            max(text) filter (where evidence_no = 2),
            max(text) filter (where evidence_no = 3),
            max(text) filter (where evidence_no = 4),
            max(text) filter (where evidence_no = 5)
        ) as evidence
    from texts
    group by patient_id, tag_id
)

select
    d.patient_id,
    d.tag_id,
    d.valid_from,
    d.valid_to,
    case
        when f.patient_id is not null then 'current'
        when d.valid_to < s.as_of then 'expired'
        else 'replaced'
    end as state,
    cast(d.evidence_count as integer) as evidence_count,
    d.last_event_id,
    coalesce(e.evidence, '') as evidence,
    cast(d.confidence as double) as confidence,
    coalesce(d.rule_id, 'tag_concepts') as rule_id,
    d.catalogue_version,
    d.rule_version
from dated as d
cross join ref.settings as s
left join shown as e on e.patient_id = d.patient_id and e.tag_id = d.tag_id
left join fct_patient_tags as f on f.patient_id = d.patient_id and f.tag_id = d.tag_id
union all
select
    f.patient_id,
    f.tag_id,
    f.valid_from,
    f.valid_to,
    'current' as state,
    f.evidence_count,
    f.last_event_id,
    f.evidence,
    f.confidence,
    f.rule_id,
    f.catalogue_version,
    g.rule_version
from fct_patient_tags as f
join tags as g on g.tag_id = f.tag_id
anti join told as t on t.patient_id = f.patient_id and t.tag_id = f.tag_id
