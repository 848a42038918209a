-- Why patients stopped: the reason that a person told in the chats between 30 days before and 120 days after the stop that
-- the warehouse sees (the newest, when there are several), and the warehouse's stop_reason. Reading a text can fail,
-- so these are measured and not held to be equal.
with stops as (
    select patient_id, line_code, end_date, stop_reason
    from warehouse.fct_persistence
    where grace_days = 60 and drug_class_code = '' and is_stopped
),
told as (
    select
        stops.patient_id,
        stops.line_code,
        stops.stop_reason,
        max_by(reasons.reason, reasons.stopped_on) as reason
    from stops
    inner join truth.people as persons on persons.patient_id = stops.patient_id
    inner join truth.reasons as reasons
        on reasons.person_no = persons.person_no and reasons.stopped_on between stops.end_date - 30 and stops.end_date + 120
    group by stops.patient_id, stops.line_code, stops.stop_reason
)
select
    'stop reason ' || reason as measure,
    cast(count(*) as varchar) as truth,
    cast((select count(*) from told as found where found.stop_reason = told.reason) as varchar) as warehouse,
    cast(count(*) filter (where stop_reason = reason) as varchar) as agree
from told
group by reason
union all
select
    'stop reason, all that were told',
    cast(count(*) as varchar),
    cast(count(*) filter (where stop_reason <> 'unknown') as varchar),
    cast(count(*) filter (where stop_reason = reason) as varchar)
from told
union all
select
    'stops with nothing told',
    cast((select count(*) from stops) - (select count(*) from told) as varchar),
    cast((select count(*) from stops where stop_reason = 'unknown') as varchar),
    cast((select count(*) from stops anti join told on told.patient_id = stops.patient_id and told.line_code = stops.line_code where stops.stop_reason = 'unknown') as varchar)
order by 1
