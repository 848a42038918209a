-- Tags that hold on the business day: from text, and from fills, activities, measurements and profiles.
-- Of the tags of one exclusive group a patient keeps the surest, then the newest. A tag that the
-- catalogue does not list is not given.
-- grain: patient_id, tag_id
-- inputs: int_tags__all, ref.tags, ref.settings
-- patient_id: the person
-- tag_id: tag of the catalogue
-- valid_from: first day on which it held without a break, as far as the evidence says
-- valid_to: last day on which it holds without new evidence; empty when it holds until contradicted
-- evidence_count: events that it rests on
-- last_event_id: newest of these events, empty when it rests on a state and not on an event
-- confidence: 0 to 1; 1 for structured data
with dated as (
    select
        g.*,
        t.excl_group,
        case when t.ttl_days > 0 then g.last_date + (t.ttl_days - 1) end as valid_to
    from int_tags__all as g
    join ref.tags as t on t.tag_id = g.tag_id
)

select
    d.patient_id,
    d.tag_id,
    d.valid_from,
    d.valid_to,
    cast(d.evidence_count as integer) as evidence_count,
    d.last_event_id,
    cast(d.confidence as double) as confidence
from dated as d
join ref.settings as s on d.valid_from <= s.as_of and (d.valid_to is null or d.valid_to >= s.as_of)
qualify coalesce(d.excl_group, '') = ''
    or row_number() over (partition by d.patient_id, d.excl_group order by d.confidence desc, d.last_date desc, d.tag_id) = 1
order by d.patient_id, d.tag_id
