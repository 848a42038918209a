-- Who is at risk in every segment of a split on every day on which somebody of the split has the event or is censored:
-- the table under the curves of fct_survival_curve, and what the log-rank tests compare.
-- grain: measure_code, line_code, grace_days, segment_by, segment, time_days
-- inputs: fct_survival_counts
-- measure_code: persistence, first_fill or experiment
-- line_code: line of disease, empty for an experiment
-- grace_days: permissible gap, 30, 60 or 90; 0 for first_fill
-- segment_by: what the patients are split by: sex, age_band, city_tier, first_channel or the code of an experiment
-- segment: value of segment_by (the arm of an experiment), empty when unknown
-- time_days: days from the first fill, the prescription or the assignment
-- at_risk_count: patients of all segments still followed and without the event just before this day
-- event_count: patients of all segments with the event on this day
-- segment_at_risk_count: patients of the segment still followed and without the event just before this day
-- segment_event_count: patients of the segment with the event on this day
-- segment_patient_count: patients of the segment whose time ends on this day
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
)

select
    measure_code,
    line_code,
    grace_days,
    segment_by,
    segment,
    time_days,
    cast(sum(patients) over after as bigint) as at_risk_count,
    cast(events as bigint) as event_count,
    cast(sum(own_patients) over after as bigint) as segment_at_risk_count,
    cast(own_events as bigint) as segment_event_count,
    cast(own_patients as bigint) as segment_patient_count
from grid
window after as (partition by measure_code, line_code, grace_days, segment_by, segment order by time_days desc)
order by measure_code, line_code, grace_days, segment_by, segment, time_days
