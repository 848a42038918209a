-- Tags that rest on facts and hold on the business day: their days are not over, and of an exclusive group the surest,
-- then the newest. Tags that follow from other tags look at these.
-- grain: patient_id, tag_id
-- inputs: int_tags__facts, ref.tags, ref.settings
-- by: patient_id
select
    f.patient_id,
    f.tag_id,
    f.last_date,
    f.evidence_count,
    f.last_event_id,
    f.confidence
from int_tags__facts as f
cross join ref.settings as s
left join ref.tags as t on t.tag_id = f.tag_id
where coalesce(t.ttl_days, 0) = 0 or f.last_date + (t.ttl_days - 1) >= s.as_of
qualify coalesce(t.excl_group, '') = ''
    or row_number() over (partition by f.patient_id, t.excl_group order by f.confidence desc, f.last_date desc, t.tag_no, f.tag_id) = 1
