-- The portrait of every patient in families, one row for every value, with where it comes from and since when it is known. It is
-- long, not wide, because each value has a source, a day and an event of its own, most patients have few of the
-- values, and a new one is a row and not a column. Tags are in fct_patient_tags, the course of events in fct_timeline.
-- grain: patient_id, family, name
-- inputs: int_patients__portrait, dim_patients, fct_adherence_by_line, fct_persistence, fct_refills, fct_patient_value, fct_stage_history,
--    fct_alerts, fct_courses
-- by: patient_id
-- patient_id: the person
-- family: basic, behaviour, lifestyle, family_risk, monitoring, disease, treatment, needs_barriers, value_lifecycle or service
-- name: what it says; findings of texts are named by kind and concept, as barrier_price, readings by kind and circumstances,
--    as bp_systolic_home, medicine of the last 60 days by drug, as drug_valsartan
-- value: the value as text: a word, a number, a date, true or false; of a finding present or absent
-- unit: unit of a number, else what the value is, or empty
-- source: activity, chat, prescription or measurement for a value that an event states, computed for one that models work out
-- known_date: day of the newest event that says so, empty when computed, which is of the business day
-- event_id: that event, empty when computed
with computed as (
    select patient_id, 'basic' as family, 'line' as name, line_code as value, '' as unit from dim_patients where line_code <> ''
    union all
    select patient_id, 'basic', 'age', cast(age as varchar), 'years' from dim_patients where age is not null
    union all
    select patient_id, 'basic', 'first_channel', first_channel, '' from dim_patients where first_channel <> ''
    union all
    select patient_id, 'treatment', 'pdc_' || period_code || '_' || line_code, printf('%.3f', pdc_ratio), 'share of days'
    from fct_adherence_by_line
    where is_eligible
    union all
    select patient_id, 'treatment', 'persistence_' || line_code, case when is_stopped then 'stopped' else end_reason end, cast(time_days as varchar) || ' d'
    from fct_persistence
    where grace_days = 60 and drug_class_code = ''
    union all
    select patient_id, 'treatment', 'stop_reason_' || line_code, stop_reason, ''
    from fct_persistence
    where grace_days = 60 and drug_class_code = '' and is_stopped and restart_date is null
    union all
    select patient_id, 'treatment', 'run_out_' || line_code, cast(run_out_date as varchar), refill_band
    from fct_refills
    where drug_class_code = '' and refill_band <> 'gone'
    union all
    select patient_id, 'value_lifecycle', 'lifecycle', lifecycle_code, '' from fct_patient_value where lifecycle_code <> ''
    union all
    select patient_id, 'value_lifecycle', 'rfm', cast(recency_score as varchar) || cast(frequency_score as varchar) || cast(money_score as varchar), 'scores of 5'
    from fct_patient_value
    where recency_score is not null
    union all
    select patient_id, 'value_lifecycle', 'amount_365d', cast(amount_fen as varchar), 'fen' from fct_patient_value where recency_score is not null
    union all
    select h.patient_id, 'service', 'stage', h.stage_code, 'since ' || cast(h.from_date as varchar)
    from fct_stage_history as h
    where h.to_date is null
    union all
    select patient_id, 'service', 'owner', owner_staff_id, '' from dim_patients where owner_staff_id <> ''
    union all
    select patient_id, 'service', 'consent', cast(has_service_consent as varchar), '' from dim_patients
    union all
    select patient_id, 'service', 'do_not_contact', cast(has_do_not_contact as varchar), '' from dim_patients
    union all
    select patient_id, 'service', 'alert_' || alert_code, severity, 'since ' || cast(since_date as varchar) from fct_alerts
    union all
    select patient_id, 'service', 'course_' || course_code, status, 'week ' || cast(week_no as varchar) from fct_courses
)

select patient_id, family, name, value, unit, source, known_date, event_id
from int_patients__portrait
union all
select patient_id, family, name, value, unit, 'computed' as source, null as known_date, '' as event_id
from computed
order by patient_id, family, name
