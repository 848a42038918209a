-- The tags that care workers gave a patient in WeCom, as WeCom told last: one row for every friendship and tag that it has.
-- A tag that the newest reading no longer has is gone, and so are those of a friendship that ended since. Ids are the
-- company's (etag ids of its tag library); personal tags of staff are never read.
-- grain: patient_id, staff_id, contact_tag_id
-- inputs: int_activities__events
-- by: patient_id
-- patient_id: the person
-- staff_id: the care worker whose friendship has the tag
-- contact_tag_id: id of the tag in WeCom
-- first_date: first day on which a reading had the tag for the pair
-- seen_date: day of the newest reading of the pair
-- event_id: the newest reading
with readings as (
    select
        patient_id,
        staff_id,
        event_at,
        event_date,
        event_id,
        coalesce(json_extract_string(attributes, '$.tags'), '') as tags,
        row_number() over (partition by patient_id, staff_id order by event_at desc, event_id desc) as reading_no
    from int_activities__events
    where activity_type = 'contact_tags'
),

ends as (
    select patient_id, staff_id, max(event_at) as ended_at
    from int_activities__events
    where activity_type = 'del_friend'
    group by patient_id, staff_id
),

tagged as (
    select patient_id, staff_id, event_at, event_date, event_id, reading_no, unnest(string_split(tags, ';')) as contact_tag_id
    from readings
    where tags <> ''
)

select
    t.patient_id,
    t.staff_id,
    t.contact_tag_id,
    min(t.event_date) as first_date,
    max(t.event_date) as seen_date,
    max_by(t.event_id, (t.event_at, t.event_id)) as event_id
from tagged as t
left join ends as e on e.patient_id = t.patient_id and e.staff_id = t.staff_id
where t.contact_tag_id <> ''
group by t.patient_id, t.staff_id, t.contact_tag_id
having min(t.reading_no) = 1 and coalesce(max(t.event_at) > max(e.ended_at), true)
order by t.patient_id, t.staff_id, t.contact_tag_id
