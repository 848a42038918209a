-- Steps of the journey of a line of disease, from the first contact to lasting therapy, that a patient has reached, in
-- order: a step counts on the first day, not before the step before it was reached, on which its event happens. All
-- funnels are in fct_funnel_steps.
-- grain: patient_id, funnel_code, line_code, step_no
-- inputs: fct_funnel_steps, ref.funnels
-- by: patient_id
-- patient_id: the person
-- funnel_code: funnel that the step belongs to
-- step_no: place of the step, 1 is the first
-- step_code: code of the step
-- line_code: line of disease of the funnel
-- reached_date: business day on which the step was reached
select
    r.patient_id,
    r.funnel_code,
    r.step_no,
    r.step_code,
    r.line_code,
    r.reached_date
from fct_funnel_steps as r
join ref.funnels as f on f.funnel_code = r.funnel_code and f.line_code = r.line_code and f.is_journey
order by r.patient_id, r.funnel_code, r.line_code, r.step_no
