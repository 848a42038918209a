-- The load of every care worker: patients, buyers, people who may be contacted, open alerts; those without a care worker
-- have an empty name and come last.
select staff_id, patient_count, buyer_count, reachable_count, alert_count, high_alert_count, load_band
from fct_staff_load
order by staff_id = '', patient_count desc, staff_id
