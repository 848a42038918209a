-- The newest value of every attribute that activities state of a person, with the event that states it.
-- grain: patient_id, name
-- inputs: int_activities__events
-- by: patient_id
with stated as (
    select
        patient_id,
        event_at,
        event_date,
        event_id,
        source,
        unnest(json_keys(attributes)) as name,
        attributes
    from int_activities__events
    where attributes not in ('', '{}')
),

named as (
    select
        patient_id,
        name,
        lower(trim(json_extract_string(attributes, '$."' || name || '"'))) as value,
        event_at,
        event_date,
        event_id
    from stated
    where name in (
        'sex', 'birth_year', 'city_tier', 'add_way', 'state', 'cause', 'side', 'smoking', 'alcohol', 'family_history',
        'menopause', 'receptor', 'allergy', 'arm', 'stage', 'relation'
    )
)

select
    patient_id,
    name,
    max_by(value, (event_at, event_id)) as value,
    max_by(event_date, (event_at, event_id)) as event_date,
    max_by(event_id, (event_at, event_id)) as event_id,
    count(*) as evidence_count,
    count(distinct value) as value_count
from named
where value <> ''
group by patient_id, name
