-- Conversion of every funnel by the month in which patients took its first step, their first channel and their sex, one row per step.
-- A month is settled when its window is over; without a window later months can still gain.
-- grain: funnel_code, line_code, entry_month, first_channel, sex, step_no
-- inputs: fct_funnel_steps, dim_patients, ref.funnels, ref.settings
-- funnel_code: funnel
-- line_code: line of disease
-- entry_month: first day of the month of the first step
-- first_channel: channel of the first lead or friend event, empty when unknown
-- sex: male, female or empty
-- step_no: place of the step
-- step_code: code of the step
-- people_count: patients who reached the step
-- lost_count: patients for whom it is the last step reached
-- median_days: median days since the step before, empty for the first
-- is_settled: everybody of the month has had the whole window
select
    j.funnel_code,
    j.line_code,
    cast(date_trunc('month', j.entered_date) as date) as entry_month,
    p.first_channel,
    p.sex,
    j.step_no,
    j.step_code,
    count(*) as people_count,
    count(*) filter (where j.is_last) as lost_count,
    cast(median(j.days_since_previous) as double) as median_days,
    any_value(f.window_days > 0 and last_day(j.entered_date) + f.window_days <= s.as_of) as is_settled
from fct_funnel_steps as j
join dim_patients as p on p.patient_id = j.patient_id
join ref.funnels as f on f.funnel_code = j.funnel_code and f.line_code = j.line_code
cross join ref.settings as s
group by j.funnel_code, j.line_code, cast(date_trunc('month', j.entered_date) as date), p.first_channel, p.sex, j.step_no, j.step_code
order by j.funnel_code, j.line_code, entry_month, p.first_channel, p.sex, j.step_no
