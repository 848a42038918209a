-- One row for every Kaplan-Meier curve of fct_survival_curve: how many patients and events, the median with its 95 %
-- interval (log scale), the restricted mean, and the curve at half a year and a year.
-- grain: measure_code, line_code, drug_class_code, grace_days, segment_by, segment
-- inputs: fct_survival_curve
-- measure_code: persistence, first_fill or experiment
-- line_code: line of disease, empty for an experiment
-- drug_class_code: therapeutic class; empty for the whole line
-- grace_days: permissible gap, 30, 60 or 90; 0 for first_fill
-- segment_by: what the patients are split by: all, sex, age_band, city_tier, first_channel or the code of an experiment
-- segment: value of segment_by (the arm of an experiment), empty when unknown or not split
-- patient_count: patients in the curve
-- event_count: patients with the event
-- median_days: days until half have had the event; empty when fewer than half ever have
-- median_lower_days: where the lower limit of the curve reaches one half
-- median_upper_days: where the upper limit does, empty when it does not
-- rmst365_days: mean days without the event in the first 365, the area under the curve
-- rmst180_days: the same in the first 180
-- rmst180_std_err: standard error of rmst180_days
-- survival_7_ratio: share without the event after 7 days; behind its last day the curve goes on flat
-- survival_30_ratio: the same after 30 days
-- survival_180_ratio: the same after 180 days
-- survival_365_ratio: the same after 365 days
-- at_risk_180_count: patients followed for 180 days or longer without the event before
-- at_risk_365_count: the same for 365 days
with numbered as (
    select
        *,
        lag(time_days, 1, 0) over curve as time_before,
        lag(survival_ratio, 1, 1.0) over curve as survival_before,
        lead(time_days) over curve as time_after,
        -- Where a line stays at exactly one half, the median is the middle of that stretch.
        min(time_days) filter (where event_count > 0) over (
            partition by measure_code, line_code, drug_class_code, grace_days, segment_by, segment order by time_days
            rows between 1 following and unbounded following
        ) as next_event_time,
        1.4901161193847656e-08 as tiny
    from fct_survival_curve
    window curve as (partition by measure_code, line_code, drug_class_code, grace_days, segment_by, segment order by time_days)
),

-- Area under the curve up to a day, at most 180 days.
areas as (
    select
        *,
        sum(survival_before * greatest(0, least(time_days, 180) - time_before)) over (
            partition by measure_code, line_code, drug_class_code, grace_days, segment_by, segment order by time_days
            rows between unbounded preceding and current row
        ) as area_180
    from numbered
),

totals as (
    select
        *,
        max(area_180 + survival_ratio * greatest(0, 180 - time_days)) filter (where time_after is null) over (
            partition by measure_code, line_code, drug_class_code, grace_days, segment_by, segment
        ) as rmst180_days
    from areas
),

halves as (
    select
        *,
        case when time_days < 180 and event_count < at_risk_count
            then pow(rmst180_days - area_180, 2) * event_count / (at_risk_count * (at_risk_count - event_count)) else 0.0
        end as rmst180_variance,
        case when abs(survival_ratio - 0.5) < tiny and next_event_time is not null then (time_days + next_event_time) / 2.0 else time_days end as half_days,
        case when abs(lower_ratio - 0.5) < tiny and next_event_time is not null then (time_days + next_event_time) / 2.0 else time_days end as lower_half_days,
        case when abs(upper_ratio - 0.5) < tiny and next_event_time is not null then (time_days + next_event_time) / 2.0 else time_days end as upper_half_days
    from totals
)

select
    measure_code,
    line_code,
    drug_class_code,
    grace_days,
    segment_by,
    segment,
    max(at_risk_count) as patient_count,
    cast(sum(event_count) as bigint) as event_count,
    min_by(half_days, time_days) filter (where survival_ratio < 0.5 + tiny) as median_days,
    min_by(lower_half_days, time_days) filter (where lower_ratio < 0.5 + tiny) as median_lower_days,
    min_by(upper_half_days, time_days) filter (where upper_ratio < 0.5 + tiny) as median_upper_days,
    coalesce(cast(sum(exact(survival_before * (least(time_days, 365) - time_before))) filter (where time_before < 365) as double), 0)
        + coalesce(min(survival_ratio) filter (where time_days < 365), 1.0) * greatest(0, 365 - max(time_days)) as rmst365_days,
    max(rmst180_days) as rmst180_days,
    sqrt(cast(sum(exact(rmst180_variance)) as double)) as rmst180_std_err,
    coalesce(min(survival_ratio) filter (where time_days <= 7), 1.0) as survival_7_ratio,
    coalesce(min(survival_ratio) filter (where time_days <= 30), 1.0) as survival_30_ratio,
    coalesce(min(survival_ratio) filter (where time_days <= 180), 1.0) as survival_180_ratio,
    coalesce(min(survival_ratio) filter (where time_days <= 365), 1.0) as survival_365_ratio,
    coalesce(max(at_risk_count) filter (where time_days >= 180), 0) as at_risk_180_count,
    coalesce(max(at_risk_count) filter (where time_days >= 365), 0) as at_risk_365_count
from halves
group by measure_code, line_code, drug_class_code, grace_days, segment_by, segment
order by measure_code, line_code, drug_class_code, grace_days, segment_by, segment
