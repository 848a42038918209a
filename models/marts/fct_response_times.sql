-- How quickly the care team answers: for every care worker and month, the time from the first message of a patient's
-- turn to the next message of the care worker, counted in service hours (9 to 18 o'clock in Shanghai, every day). A turn
-- begins when the patient writes after the care worker or after 24 hours; it is answered within 72 hours or not.
-- grain: staff_id, month_start
-- inputs: int_chats__turns
-- staff_id: care worker to whom the patient wrote
-- month_start: first day of the month of the question
-- turn_count: turns of patients
-- answered_count: of these, turns with an answer within 72 hours
-- p50_minutes: median minutes of service time until the answer, of answered turns; 0 when asked and answered outside service hours
-- p90_minutes: minutes within which 90 % of the answers came
select
    staff_id,
    month_start,
    count(*) as turn_count,
    count(minutes) as answered_count,
    cast(quantile_cont(minutes, 0.5) as double) as p50_minutes,
    cast(quantile_cont(minutes, 0.9) as double) as p90_minutes
from int_chats__turns
group by staff_id, month_start
order by staff_id, month_start
