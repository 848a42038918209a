-- Steps of the funnels in their order.
-- grain: funnel_code, line_code, step_no
-- inputs: ref.funnel_steps
-- funnel_code: funnel
-- line_code: line of disease
-- step_no: place of the step, 1 is the first
-- step_code: code of the step
-- name_zh: Chinese name
-- name_en: English name
-- event: event that reaches the step
-- nth: which fill day counts, for fill
-- after_days: days after the first fill, for covered_day
select
    funnel_code,
    line_code,
    step_no,
    step_code,
    name_zh,
    name_en,
    event,
    nth,
    after_days
from ref.funnel_steps
