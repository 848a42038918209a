-- Tags of the first prescription that waits for its fill: pending from the day after to 7 days, late to 30, then abandoned
-- for 90. Any fill of an ingredient of the prescribed drug ends the wait, and a prescription that the pharmacist refused and
-- nobody approved later does not begin it; a patient with several waiting prescriptions has the tag of the newest.
-- grain: patient_id, tag_id
-- inputs: int_prescriptions__items, int_fills__accepted, int_drugs__targets, int_activities__events, ref.settings
-- by: patient_id
-- gives: first_fill_pending, first_fill_late, first_fill_abandoned
with bands (tag_id, from_days, to_days) as (
    values ('first_fill_pending', 1, 7), ('first_fill_late', 8, 30), ('first_fill_abandoned', 31, 120)
),

refusals as (
    select patient_id, max(event_at) as refused_at
    from int_activities__events
    where activity_type = 'rx_audit'
    group by patient_id
    having max_by(json_extract_string(attributes, '$.outcome'), (event_at, event_id)) = 'rejected'
),

firsts as (
    select
        i.patient_id,
        t.ingredient,
        min(i.event_date) as prescribed_date,
        min_by(i.event_id, (i.event_at, i.event_id)) as event_id
    from int_prescriptions__items as i
    join int_drugs__targets as t on t.drug_code = i.drug_code
    left join refusals as r on r.patient_id = i.patient_id
    where i.event_type = 'prescribed'
        and (r.patient_id is null or r.refused_at < i.event_at)
    group by i.patient_id, t.ingredient
),

filled as (
    select distinct f.patient_id, t.ingredient
    from int_fills__accepted as f
    join int_drugs__targets as t on t.drug_code = f.drug_code
),

waiting as (
    select f.*
    from firsts as f
    anti join filled as d on d.patient_id = f.patient_id and d.ingredient = f.ingredient
    qualify row_number() over (partition by f.patient_id order by f.prescribed_date desc, f.ingredient) = 1
)

select
    w.patient_id,
    b.tag_id,
    w.prescribed_date as valid_from,
    date '9999-12-31' as last_date,
    1 as evidence_count,
    w.event_id as last_event_id,
    1.0 as confidence
from waiting as w
cross join ref.settings as s
join bands as b on s.as_of - w.prescribed_date between b.from_days and b.to_days
