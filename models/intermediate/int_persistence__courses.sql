-- From the first fill of a patient to the end of treatment, for a permissible gap of 30, 60 and 90 days: the
-- treatment ends with the last supply before the first gap that is longer. The gap behind the newest supply is
-- counted to the last day that the patient is observed.
-- grain: patient_id, line_code, drug_class_code, grace_days
-- inputs: int_persistence__spells
-- by: patient_id
with graces (grace_days) as (
    values (30), (60), (90)
),

gaps as (
    select
        *,
        case when next_start_date <= observed_to then next_start_date - 1 else observed_to end - spell_end_date as gap_days
    from int_persistence__spells
)

select
    s.patient_id,
    s.line_code,
    s.drug_class_code,
    g.grace_days,
    min(s.spell_start_date) as index_date,
    min(s.spell_end_date) filter (where s.gap_days > g.grace_days) as stop_date,
    min(s.next_start_date) filter (where s.gap_days > g.grace_days and s.next_start_date <= s.observed_to) as next_start_date,
    any_value(s.observed_to) as observed_to,
    any_value(s.observed_why) as observed_why
from gaps as s
cross join graces as g
group by s.patient_id, s.line_code, s.drug_class_code, g.grace_days
