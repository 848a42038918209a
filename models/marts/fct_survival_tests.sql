-- Log-rank test of every segment against the other segments of the same split (Mantel's test; each day has the same
-- weight, one degree of freedom). Of two segments it is the test of one against the other.
-- grain: measure_code, line_code, grace_days, segment_by, segment
-- inputs: fct_survival_counts
-- measure_code: persistence or first_fill
-- line_code: line of disease
-- grace_days: permissible gap of persistence, 30, 60 or 90; 0 for first_fill
-- segment_by: what the patients are split by: sex, age_band, city_tier, first_channel
-- segment: value of segment_by, empty when unknown
-- patient_count: patients of the segment
-- event_count: events observed in the segment
-- expected_count: events expected if the segment did as all do
-- chi_square: (observed - expected) squared / variance; empty when nothing can be compared
-- p_value: probability of a larger chi_square if there is no difference
with days as (
    select
        measure_code, line_code, grace_days, segment_by, time_days,
        sum(patient_count) as patients,
        sum(event_count) as events
    from fct_survival_counts
    where segment_by <> 'all'
    group by measure_code, line_code, grace_days, segment_by, time_days
),

segments as (
    select distinct measure_code, line_code, grace_days, segment_by, segment
    from fct_survival_counts
    where segment_by <> 'all'
),

grid as (
    select
        d.*,
        s.segment,
        coalesce(c.patient_count, 0) as own_patients,
        coalesce(c.event_count, 0) as own_events
    from days as d
    join segments as s
        on s.measure_code = d.measure_code and s.line_code = d.line_code and s.grace_days = d.grace_days and s.segment_by = d.segment_by
    left join fct_survival_counts as c
        on c.measure_code = d.measure_code and c.line_code = d.line_code and c.drug_class_code = '' and c.grace_days = d.grace_days
        and c.segment_by = d.segment_by and c.segment = s.segment and c.time_days = d.time_days
),

risks as (
    select
        *,
        cast(sum(patients) over after as double) as at_risk,
        cast(sum(own_patients) over after as double) as own_at_risk
    from grid
    window after as (partition by measure_code, line_code, grace_days, segment_by, segment order by time_days desc)
),

sums as (
    select
        measure_code,
        line_code,
        grace_days,
        segment_by,
        segment,
        cast(sum(own_patients) as bigint) as patient_count,
        cast(sum(own_events) as bigint) as event_count,
        sum(events * own_at_risk / at_risk) as expected_count,
        sum(case when at_risk > 1
            then events * (at_risk - events) * own_at_risk * (at_risk - own_at_risk) / (at_risk * at_risk * (at_risk - 1)) else 0.0
        end) as variance
    from risks
    group by measure_code, line_code, grace_days, segment_by, segment
)

select
    measure_code,
    line_code,
    grace_days,
    segment_by,
    segment,
    patient_count,
    event_count,
    expected_count,
    case when variance > 0 then power(event_count - expected_count, 2) / variance end as chi_square,
    case when variance > 0 then 2 * normal_tail(abs(event_count - expected_count) / sqrt(variance)) end as p_value
from sums
order by measure_code, line_code, grace_days, segment_by, segment
