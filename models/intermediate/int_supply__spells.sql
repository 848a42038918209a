-- Days on which a patient has medicine of a class, as merged spells without a gap; class '' is any medicine.
-- gap_days counts the days without between the spell before and this one.
-- grain: patient_id, drug_class_code, spell_start_date
-- inputs: int_fills__accepted, int_drugs__targets
with supplies as (
    select distinct
        f.patient_id,
        t.drug_class_code,
        f.supply_start_date,
        f.supply_end_date
    from int_fills__accepted as f
    join int_drugs__targets as t on t.drug_code = f.drug_code
    union
    select patient_id, '' as drug_class_code, supply_start_date, supply_end_date
    from int_fills__accepted
),

reached as (
    select
        *,
        max(supply_end_date) over (
            partition by patient_id, drug_class_code order by supply_start_date, supply_end_date
            rows between unbounded preceding and 1 preceding
        ) as end_before
    from supplies
),

islands as (
    select
        *,
        sum(case when supply_start_date <= end_before + 1 then 0 else 1 end) over (
            partition by patient_id, drug_class_code order by supply_start_date, supply_end_date rows unbounded preceding
        ) as island
    from reached
),

spells as (
    select
        patient_id,
        drug_class_code,
        min(supply_start_date) as spell_start_date,
        max(supply_end_date) as spell_end_date
    from islands
    group by patient_id, drug_class_code, island
)

select
    patient_id,
    drug_class_code,
    spell_start_date,
    spell_end_date,
    spell_start_date - 1 - lag(spell_end_date) over (
        partition by patient_id, drug_class_code order by spell_start_date
    ) as gap_days
from spells
