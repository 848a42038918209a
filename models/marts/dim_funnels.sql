-- Funnels of the lines of disease.
-- grain: funnel_code, line_code
-- inputs: ref.funnels
-- funnel_code: funnel
-- line_code: line of disease
-- name_zh: Chinese name
-- name_en: English name
-- is_journey: the journey of the line, from the first contact to lasting therapy
-- is_loose: the steps after the first may come in any order
-- window_days: days from the first step within which steps count; 0 for no limit
-- who_attribute: attribute that patients must have, empty for everybody
-- who_value: value of it
select
    funnel_code,
    line_code,
    name_zh,
    name_en,
    is_journey,
    is_loose,
    window_days,
    who_attribute,
    who_value
from ref.funnels
