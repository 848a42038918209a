-- When a patient died and when they left the programme; both end the treatment period of adherence.
-- grain: patient_id
-- inputs: int_activities__events
-- by: patient_id
select
    patient_id,
    min(event_date) filter (where activity_type = 'died') as died_date,
    min(event_date) filter (where activity_type = 'left_programme') as left_date
from int_activities__events
where activity_type in ('died', 'left_programme')
group by patient_id
