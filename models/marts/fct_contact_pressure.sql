-- How often the care team has approached each patient of its own accord, beside the caps of the tag contact_cap: 4 messages in
-- 7 days and 8 in 30. Answers to a patient within 24 hours do not count.
-- grain: patient_id
-- inputs: int_patients__approaches, dim_patients
-- by: patient_id
-- patient_id: the person
-- line_code: line of disease of the person
-- owner_staff_id: care worker who looks after the person
-- week_count: approaches in the last 7 days
-- month_count: approaches in the last 30 days
-- last_date: newest approach
-- is_capped: 4 in 7 days or 8 in 30 are reached, so nobody may send more
-- left_count: approaches that are left today, 0 when capped
select
    a.patient_id,
    p.line_code,
    p.owner_staff_id,
    a.week_count,
    a.month_count,
    a.last_date,
    a.week_count >= 4 or a.month_count >= 8 as is_capped,
    greatest(0, least(4 - a.week_count, 8 - a.month_count)) as left_count
from int_patients__approaches as a
join dim_patients as p on p.patient_id = a.patient_id
order by a.patient_id
