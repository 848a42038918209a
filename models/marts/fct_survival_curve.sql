-- Kaplan-Meier curves at every day on which something happened, with Greenwood's standard error and three kinds of
-- 95 % interval: symmetric on the scale of log S (the default), of S, and of log(-log S). Someone who is censored on
-- the day of an event was at risk of it.
-- grain: measure_code, line_code, drug_class_code, grace_days, segment_by, segment, time_days
-- inputs: fct_survival_counts
-- measure_code: persistence (event: end of treatment) or first_fill (event: first fill after the prescription)
-- line_code: line of disease
-- drug_class_code: therapeutic class; empty for the whole line
-- grace_days: permissible gap, 30, 60 or 90; 0 for first_fill
-- segment_by: what the patients are split by: all, sex, age_band, city_tier, first_channel or the code of an experiment
-- segment: value of segment_by (the arm of an experiment), empty when unknown or not split
-- time_days: days from the first fill (persistence), the prescription (first_fill) or the assignment (experiment)
-- at_risk_count: patients still followed and without the event just before this day
-- event_count: patients with the event on this day
-- censored_count: patients last followed on this day without it
-- survival_ratio: share without the event after this day, 0 to 1
-- std_err: standard error of survival_ratio, empty where the curve is at 0
-- lower_ratio: lower limit, log scale; empty where the curve is at 0
-- upper_ratio: upper limit, log scale
-- lower_plain_ratio: lower limit, plain scale
-- upper_plain_ratio: upper limit, plain scale
-- lower_loglog_ratio: lower limit, log-log scale; also empty before the first event
-- upper_loglog_ratio: upper limit, log-log scale
with risks as (
    select
        *,
        sum(patient_count) over (
            partition by measure_code, line_code, drug_class_code, grace_days, segment_by, segment order by time_days desc
        ) as at_risk_count
    from fct_survival_counts
),

sums as (
    select
        *,
        min(at_risk_count - event_count) over steps as left_over,
        sum(case when event_count < at_risk_count then ln((at_risk_count - event_count) / at_risk_count) else 0.0 end) over steps as log_survival,
        sqrt(sum(case when event_count < at_risk_count
            then cast(event_count as double) / (at_risk_count * (at_risk_count - event_count)) else 0.0
        end) over steps) as log_error
    from risks
    window steps as (
        partition by measure_code, line_code, drug_class_code, grace_days, segment_by, segment order by time_days
        rows between unbounded preceding and current row
    )
),

-- The curve ends at 0 when everybody who was left had the event; then there is no interval.
curves as (
    select
        *,
        case when left_over = 0 and event_count = at_risk_count then 0.0 else exp(log_survival) end as survival_ratio,
        left_over > 0 or event_count < at_risk_count as has_interval,
        1.959963984540054 as z
    from sums
)

select
    measure_code,
    line_code,
    drug_class_code,
    grace_days,
    segment_by,
    segment,
    time_days,
    cast(at_risk_count as bigint) as at_risk_count,
    event_count,
    patient_count - event_count as censored_count,
    survival_ratio,
    case when has_interval then survival_ratio * log_error end as std_err,
    case when has_interval then exp(log_survival - z * log_error) end as lower_ratio,
    case when has_interval then least(1.0, exp(log_survival + z * log_error)) end as upper_ratio,
    case when has_interval then greatest(0.0, survival_ratio * (1 - z * log_error)) end as lower_plain_ratio,
    case when has_interval then least(1.0, survival_ratio * (1 + z * log_error)) end as upper_plain_ratio,
    case when has_interval and log_survival < 0 then exp(-exp(ln(-log_survival) - z * log_error / log_survival)) end as lower_loglog_ratio,
    case when has_interval and log_survival < 0 then exp(-exp(ln(-log_survival) + z * log_error / log_survival)) end as upper_loglog_ratio
from curves
order by measure_code, line_code, drug_class_code, grace_days, segment_by, segment, time_days
