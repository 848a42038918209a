-- How long patients stay on therapy: from the first fill to the last supply before the first gap that is longer
-- than the permissible one. Who has not stopped is censored at death, leaving the programme or the business day.
-- grain: patient_id, line_code, drug_class_code, grace_days
-- inputs: int_persistence__courses, int_persistence__reasons
-- by: patient_id
-- patient_id: the person
-- line_code: line of disease of the medicine
-- drug_class_code: therapeutic class; empty for all medicine of the line together
-- grace_days: permissible gap, 30, 60 (the default) or 90 days without medicine
-- index_date: first fill
-- end_date: last day of supply before the gap when stopped, else the last day observed
-- time_days: end_date - index_date
-- is_stopped: a gap longer than grace_days; false is censored
-- end_reason: stopped, died, left_programme or end_of_data
-- restart_date: first fill after the stop, empty when there is none
-- stop_reason: price, side_effect, no_effect, forgot, access, feels_better, fear, surgery or unknown; empty when not stopped
select
    c.patient_id,
    c.line_code,
    c.drug_class_code,
    c.grace_days,
    c.index_date,
    coalesce(c.stop_date, c.observed_to) as end_date,
    cast(coalesce(c.stop_date, c.observed_to) - c.index_date as integer) as time_days,
    c.stop_date is not null as is_stopped,
    case when c.stop_date is null then c.observed_why else 'stopped' end as end_reason,
    case when c.stop_date is not null then c.next_start_date end as restart_date,
    case when c.stop_date is null then '' else coalesce(r.stop_reason, 'unknown') end as stop_reason
from int_persistence__courses as c
left join int_persistence__reasons as r on r.patient_id = c.patient_id and r.line_code = c.line_code
order by c.patient_id, c.line_code, c.drug_class_code, c.grace_days
