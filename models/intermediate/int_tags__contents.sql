-- Tags of what a patient reads and watches: whether they rather read or watch, who reads and watches much. Articles and
-- livestreams count once each, by their id.
-- grain: patient_id, tag_id
-- inputs: int_activities__events, ref.settings
-- by: patient_id
-- gives: eng_video_pref, eng_text_pref, eng_live_fan, eng_reader
with events as (
    select
        e.patient_id,
        e.activity_type,
        e.event_id,
        e.event_at,
        e.event_date,
        s.as_of - e.event_date as age_days,
        coalesce(json_extract_string(e.attributes, '$.content_id'), e.event_id) as content_id,
        try_cast(json_extract_string(e.attributes, '$.seconds') as double) as seconds
    from int_activities__events as e
    join ref.settings as s on e.event_date > s.as_of - 90
    where e.activity_type in ('read_article', 'view_live', 'view_video')
),

content as (
    select
        patient_id,
        count(*) as content_count,
        count(*) filter (where activity_type <> 'read_article') as video_count,
        min(event_date) as valid_from,
        max(event_date) as last_date,
        max_by(event_id, (event_at, event_id)) as last_event_id
    from events
    group by patient_id
    having count(*) >= 5
),

-- What was read for half a minute or watched for ten minutes.
fans as (
    select
        patient_id,
        case activity_type when 'view_live' then 'eng_live_fan' else 'eng_reader' end as tag_id,
        min(event_date) as valid_from,
        max(event_date) as last_date,
        count(*) as evidence_count,
        max_by(event_id, (event_at, event_id)) as last_event_id
    from events
    where activity_type = 'view_live' and seconds >= 600
        or activity_type = 'read_article' and seconds >= 30 and age_days < 30
    group by patient_id, activity_type
    having count(distinct content_id) >= case activity_type when 'view_live' then 3 else 4 end
),

tagged as (
    select
        patient_id, case when video_count >= 0.6 * content_count then 'eng_video_pref' else 'eng_text_pref' end as tag_id,
        valid_from, last_date, content_count as evidence_count, last_event_id
    from content
    where video_count >= 0.6 * content_count or video_count <= 0.4 * content_count
    union all
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id
    from fans
)

select
    patient_id,
    tag_id,
    valid_from,
    last_date,
    evidence_count,
    last_event_id,
    1.0 as confidence
from tagged
