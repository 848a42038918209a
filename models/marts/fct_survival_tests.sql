-- Log-rank test of every segment against the other segments of the same split (Mantel's test; each day has the same
-- weight, one degree of freedom). Of two segments it is the test of one against the other.
-- grain: measure_code, line_code, grace_days, segment_by, segment
-- inputs: fct_survival_risks
-- measure_code: persistence, first_fill or experiment
-- line_code: line of disease, empty for an experiment
-- grace_days: permissible gap, 30, 60 or 90; 0 for first_fill
-- segment_by: what the patients are split by: sex, age_band, city_tier, first_channel or the code of an experiment
-- segment: value of segment_by, empty when unknown
-- patient_count: patients of the segment
-- event_count: events observed in the segment
-- expected_count: events expected if the segment did as all do
-- chi_square: (observed - expected) squared / variance; empty when nothing can be compared
-- p_value: probability of a larger chi_square if there is no difference
with risks as (
    select
        *,
        cast(at_risk_count as double) as at_risk,
        cast(segment_at_risk_count as double) as own_at_risk
    from fct_survival_risks
),

sums as (
    select
        measure_code,
        line_code,
        grace_days,
        segment_by,
        segment,
        cast(sum(segment_patient_count) as bigint) as patient_count,
        cast(sum(segment_event_count) as bigint) as event_count,
        cast(sum(exact(event_count * own_at_risk / at_risk)) as double) as expected_count,
        cast(sum(exact(case when at_risk > 1
            then event_count * (at_risk - event_count) * own_at_risk * (at_risk - own_at_risk) / (at_risk * at_risk * (at_risk - 1)) else 0.0
        end)) as double) as variance
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
