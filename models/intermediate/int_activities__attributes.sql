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
),

given as (
    select patient_id, name, value, event_date, event_at, event_id
    from named
    where value <> ''
),

-- Most attributes are stated once; only the others are compared.
repeated as (
    select patient_id, name
    from given
    group by patient_id, name
    having count(*) > 1
)

select
    g.patient_id,
    g.name,
    g.value,
    g.event_date,
    g.event_id,
    1 as evidence_count,
    1 as value_count
from given as g
anti join repeated as r on r.patient_id = g.patient_id and r.name = g.name
union all
select
    g.patient_id,
    g.name,
    max_by(g.value, (g.event_at, g.event_id)) as value,
    max_by(g.event_date, (g.event_at, g.event_id)) as event_date,
    max_by(g.event_id, (g.event_at, g.event_id)) as event_id,
    count(*) as evidence_count,
    count(distinct g.value) as value_count
from given as g
semi join repeated as r on r.patient_id = g.patient_id and r.name = g.name
group by g.patient_id, g.name
