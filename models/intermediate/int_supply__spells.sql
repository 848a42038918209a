-- Days on which a patient has medicine of a class, as merged spells without a gap; class '' is any medicine.
-- gap_days counts the days without between the spell before and this one.
-- grain: patient_id, drug_class_code, spell_start_date
-- inputs: int_supply__stretches
-- by: patient_id
select
    patient_id,
    code as drug_class_code,
    start_date as spell_start_date,
    end_date as spell_end_date,
    start_date - 1 - lag(end_date) over (partition by patient_id, code order by start_date) as gap_days
from int_supply__stretches
where scope in ('any', 'class')
