-- Tags that hold on the business day: from text, and from fills, activities, measurements and profiles.
-- Of the tags of one exclusive group a patient keeps the surest, then the newest, then the one that the catalogue lists
-- first. A tag that the catalogue does not list is not given.
-- grain: patient_id, tag_id
-- inputs: int_tags__all, int_tags__evidence, ref.tags, ref.settings
-- by: patient_id
-- due: select g.patient_id from int_tags__all as g join ref.tags as t on t.tag_id = g.tag_id
--    where t.ttl_days > 0 and g.last_date + t.ttl_days between $last and $day or g.valid_from between $last and $day
-- patient_id: the person
-- tag_id: tag of the catalogue
-- valid_from: first day on which it held without a break, as far as the evidence says; of a state the day since which nothing speaks against it
-- valid_to: last day on which it holds without new evidence; empty when it holds until contradicted, as a state does
-- evidence_count: events that it rests on
-- last_event_id: newest of these events, empty when it rests on a state and not on an event
-- evidence: up to five of them, newest first, joined by "; ": day, event id, and what was seen; a tag that it rests on has the word tag
-- confidence: 0 to 1; 1 for structured data, 0.9 for what a form states, less for what was said
-- rule_id: files with the rules that gave it, joined by ;: tag_concepts (texts), tag_rules, or a model int_tags__*
-- catalogue_version: version of the catalogue of tags, as phdp tags check prints it
with dated as (
    select
        g.*,
        nullif(t.excl_group, '') as excl_group,
        t.tag_no,
        t.catalogue_version,
        case when t.ttl_days > 0 and g.last_date < date '9999-12-31' then g.last_date + (t.ttl_days - 1) end as valid_to
    from int_tags__all as g
    join ref.tags as t on t.tag_id = g.tag_id
),

valid as (
    select d.*
    from dated as d
    join ref.settings as s on d.valid_from <= s.as_of and (d.valid_to is null or d.valid_to >= s.as_of)
),

-- Few groups are contested; only those are put in order.
contested as (
    select patient_id, excl_group
    from valid
    where excl_group is not null
    group by patient_id, excl_group
    having count(*) > 1
),

held as (
    select v.*
    from valid as v
    anti join contested as c on c.patient_id = v.patient_id and c.excl_group = v.excl_group
    union all
    select v.*
    from valid as v
    semi join contested as c on c.patient_id = v.patient_id and c.excl_group = v.excl_group
    qualify row_number() over (partition by v.patient_id, v.excl_group order by v.confidence desc, v.last_date desc, v.tag_no, v.tag_id) = 1
),

texts as (
    select
        patient_id,
        tag_id,
        evidence_no,
        concat_ws(' ', cast(local_date(event_at) as varchar), nullif(event_id, ''), seen) as text
    from int_tags__evidence
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
    h.patient_id,
    h.tag_id,
    h.valid_from,
    h.valid_to,
    cast(h.evidence_count as integer) as evidence_count,
    h.last_event_id,
    coalesce(e.evidence, '') as evidence,
    cast(h.confidence as double) as confidence,
    h.rule_id,
    h.catalogue_version
from held as h
left join shown as e on e.patient_id = h.patient_id and e.tag_id = h.tag_id
order by h.patient_id, h.tag_id
