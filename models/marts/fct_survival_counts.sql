-- How many patients have their event, or are censored, after how many days: the end of treatment (persistence) and
-- the first fill after a prescription (first_fill). Whole lines are also split by what is known of the patients, and the
-- end of treatment after the assignment to an experiment (experiment) by its arms.
-- grain: measure_code, line_code, drug_class_code, grace_days, segment_by, segment, time_days
-- inputs: fct_persistence, fct_first_fills, fct_experiment_patients, dim_patients
-- measure_code: persistence, first_fill or experiment
-- line_code: line of disease, empty for an experiment
-- drug_class_code: therapeutic class; empty for the whole line
-- grace_days: permissible gap, 30, 60 or 90; 0 for first_fill
-- segment_by: what the patients are split by: all, sex, age_band, city_tier, first_channel or the code of an experiment
-- segment: value of segment_by (the arm of an experiment), empty when unknown or not split
-- time_days: days from the first fill (persistence), the prescription (first_fill) or the assignment (experiment)
-- patient_count: patients whose time ends on this day
-- event_count: of these, patients with the event; the others are censored
with subjects as (
    select patient_id, 'persistence' as measure_code, line_code, drug_class_code, grace_days, time_days, is_stopped as is_event
    from fct_persistence
    union all
    select patient_id, 'first_fill' as measure_code, line_code, '' as drug_class_code, 0 as grace_days, time_days, is_filled as is_event
    from fct_first_fills
),

described as (
    select
        s.*,
        p.sex,
        case when p.age < 45 then '0-44' when p.age < 60 then '45-59' when p.age < 75 then '60-74' when p.age >= 75 then '75+' else '' end as age_band,
        p.city_tier,
        p.first_channel
    from subjects as s
    join dim_patients as p on p.patient_id = s.patient_id
    where s.drug_class_code = ''
)

select
    measure_code,
    line_code,
    drug_class_code,
    grace_days,
    'all' as segment_by,
    '' as segment,
    time_days,
    count(*) as patient_count,
    count(*) filter (where is_event) as event_count
from subjects
group by measure_code, line_code, drug_class_code, grace_days, time_days
union all
select
    measure_code,
    line_code,
    '' as drug_class_code,
    grace_days,
    case
        when grouping(sex) = 0 then 'sex'
        when grouping(age_band) = 0 then 'age_band'
        when grouping(city_tier) = 0 then 'city_tier'
        else 'first_channel'
    end as segment_by,
    coalesce(sex, age_band, city_tier, first_channel) as segment,
    time_days,
    count(*) as patient_count,
    count(*) filter (where is_event) as event_count
from described
group by grouping sets (
    (measure_code, line_code, grace_days, time_days, sex), (measure_code, line_code, grace_days, time_days, age_band),
    (measure_code, line_code, grace_days, time_days, city_tier), (measure_code, line_code, grace_days, time_days, first_channel)
)
union all
select
    'experiment' as measure_code,
    '' as line_code,
    '' as drug_class_code,
    60 as grace_days,
    experiment_code as segment_by,
    arm as segment,
    time_days,
    count(*) as patient_count,
    count(*) filter (where is_stopped) as event_count
from fct_experiment_patients
where time_days is not null
group by experiment_code, arm, time_days
