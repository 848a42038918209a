-- Tags that rest on facts and hold on the business day: their days are not over, and of an exclusive group the surest,
-- then the newest. Tags that follow from other tags look at these.
-- grain: patient_id, tag_id
-- inputs: int_tags__facts, ref.tags, ref.settings
-- by: patient_id
-- due: select f.patient_id from int_tags__facts as f join ref.tags as t on t.tag_id = f.tag_id where t.ttl_days > 0 and f.last_date + t.ttl_days between $last and $day
with valid as (
    select
        f.patient_id,
        f.tag_id,
        f.valid_from,
        f.last_date,
        f.evidence_count,
        f.last_event_id,
        f.confidence,
        nullif(t.excl_group, '') as excl_group,
        t.tag_no
    from int_tags__facts as f
    cross join ref.settings as s
    left join ref.tags as t on t.tag_id = f.tag_id
    where coalesce(t.ttl_days, 0) = 0 or f.last_date + (t.ttl_days - 1) >= s.as_of
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
)

select
    patient_id,
    tag_id,
    valid_from,
    last_date,
    evidence_count,
    last_event_id,
    confidence
from held
