-- A patient whose stage history ends with another stage than the one of today: a rule of stages looks at something that
-- the history does not know. Add it to int_stages__signals.
-- severity: warn
-- denominator: dim_patients
-- inputs: dim_patients, fct_stage_history
select p.patient_id
from dim_patients as p
left join fct_stage_history as h on h.patient_id = p.patient_id and h.to_date is null
where h.stage_code is null or h.stage_code <> p.stage_code
