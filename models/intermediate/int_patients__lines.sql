-- The lines of disease in which a patient has events, how many, and the one with the most (ties by code).
-- grain: patient_id, line_code
-- inputs: int_chats__messages, int_activities__events, int_prescriptions__items
-- by: patient_id
with events as (
    select patient_id, line_code from int_chats__messages
    union all
    select patient_id, line_code from int_activities__events
    union all
    select patient_id, line_code from int_prescriptions__items
)

select
    patient_id,
    line_code,
    count(*) as event_count,
    row_number() over (partition by patient_id order by count(*) desc, line_code) = 1 as is_primary
from events
where line_code <> ''
group by patient_id, line_code
