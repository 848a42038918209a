-- One row for every person: who they are, where they came from, who looks after them.
-- The first channel is that of the first lead or friend event, else of the first activity with a channel.
-- grain: patient_id
-- inputs: int_identity__components, int_activities__attributes, int_activities__events, int_patients__lines,
--    int_patients__relations, ref.settings
-- by: patient_id
-- due: select patient_id from int_patients__profile where year($last) <> year($day)
with people as (
    select
        patient_id,
        count(*) as key_count,
        min(first_seen_at) as first_contact_at,
        max(last_seen_at) as last_contact_at
    from int_identity__components
    group by patient_id
),

stated as (
    select
        patient_id,
        max(value) filter (where name = 'sex' and value in ('male', 'female')) as sex,
        max(try_cast(value as integer)) filter (where name = 'birth_year') as birth_year,
        max(value) filter (where name = 'city_tier' and value in ('1', '2', '3')) as city_tier,
        coalesce(bool_or(name in ('sex', 'birth_year') and value_count > 1), false) as has_conflict
    from int_activities__attributes
    group by patient_id
),

channels as (
    select
        patient_id,
        min_by(channel, (case when activity_type in ('lead', 'add_friend') then 0 else 1 end, event_at, event_id)) as first_channel
    from int_activities__events
    where channel <> ''
    group by patient_id
)

select
    p.patient_id,
    coalesce(l.line_code, '') as line_code,
    coalesce(s.sex, '') as sex,
    case when year(g.as_of) - s.birth_year between 0 and 110 then s.birth_year end as birth_year,
    case when year(g.as_of) - s.birth_year between 0 and 110 then cast(year(g.as_of) - s.birth_year as integer) end as age,
    coalesce(s.city_tier, '') as city_tier,
    coalesce(c.first_channel, '') as first_channel,
    coalesce(r.owner_staff_id, '') as owner_staff_id,
    p.first_contact_at,
    p.last_contact_at,
    cast(p.key_count as integer) as key_count,
    coalesce(s.has_conflict, false) as has_conflict
from people as p
cross join ref.settings as g
left join stated as s on s.patient_id = p.patient_id
left join channels as c on c.patient_id = p.patient_id
left join int_patients__lines as l on l.patient_id = p.patient_id and l.is_primary
left join int_patients__relations as r on r.patient_id = p.patient_id
