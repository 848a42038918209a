-- Tags of the first prescription that waits for its fill: pending to 7 days, late to 30, then abandoned.
-- A fill of an ingredient of the prescribed drug on or after the day of the prescription ends the wait; a
-- patient with several waiting prescriptions has the tag of the newest.
-- grain: patient_id, tag_id
-- inputs: int_prescriptions__items, int_fills__accepted, int_drugs__targets, ref.settings
-- gives: first_fill_pending, first_fill_late, first_fill_abandoned
with bands (tag_id, from_days, to_days) as (
    values ('first_fill_pending', 0, 7), ('first_fill_late', 8, 30), ('first_fill_abandoned', 31, 119)
),

firsts as (
    select
        i.patient_id,
        t.ingredient,
        min(i.event_date) as prescribed_date,
        min_by(i.event_id, (i.event_at, i.event_id)) as event_id
    from int_prescriptions__items as i
    join int_drugs__targets as t on t.drug_code = i.drug_code
    where i.event_type = 'prescribed'
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
    s.as_of as last_date,
    1 as evidence_count,
    w.event_id as last_event_id,
    1.0 as confidence
from waiting as w
cross join ref.settings as s
join bands as b on s.as_of - w.prescribed_date between b.from_days and b.to_days
