-- What keeps keys or statements of people apart, one row for every person that it touches: keys that too many
-- keys of one kind are linked to (crowded), keys that are as near to two people (shared), and people of whom
-- sex or birth year is stated in two ways.
-- grain: patient_key, reason, patient_id
-- inputs: int_identity__keys, int_identity__links, int_identity__disputes, int_identity__components, int_activities__attributes
-- compared: patient_id
with ends as (
    select low_no as key_no, high_no as other_no, is_low_crowded as is_crowded from int_identity__links
    union all
    select high_no as key_no, low_no as other_no, is_high_crowded as is_crowded from int_identity__links
),

touching as (
    select key_no, other_no, 'crowded' as reason
    from ends
    where is_crowded
    union all
    select e.key_no, e.other_no, 'shared' as reason
    from ends as e
    join int_identity__disputes as d on d.key_no = e.key_no and d.person_count >= 2
),

keyed as (
    select
        k.patient_key,
        k.kind,
        t.reason,
        c.patient_id,
        count(*) as link_count
    from touching as t
    join int_identity__keys as k on k.key_no = t.key_no
    join int_identity__keys as o on o.key_no = t.other_no
    join int_identity__components as c on c.patient_key = o.patient_key
    group by k.patient_key, k.kind, t.reason, c.patient_id
)

select
    patient_key,
    kind,
    reason,
    patient_id,
    link_count,
    count(*) over (partition by patient_key, reason) as patient_count
from keyed
union all
select
    patient_id as patient_key,
    '' as kind,
    name || '_differs' as reason,
    patient_id,
    value_count as link_count,
    1 as patient_count
from int_activities__attributes
where name in ('sex', 'birth_year') and value_count > 1
