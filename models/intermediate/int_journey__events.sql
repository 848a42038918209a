-- Events that can be a step of a funnel, by day, in the words of the funnel definitions: activity.<type>,
-- prescription.prescribed, fill. nth numbers the fill days of a patient in a line. An event without a line
-- belongs to the line in which the patient has most events. Events that no step asks for are left out.
-- grain: patient_id, line_code, event, event_date
-- inputs: int_activities__events, int_prescriptions__items, int_fills__accepted, int_patients__lines,
--    ref.funnel_steps
-- by: patient_id
-- view: one reader
with events as (
    select patient_id, line_code, 'activity.' || activity_type as event, event_date
    from int_activities__events
    union all
    select patient_id, line_code, 'prescription.prescribed' as event, event_date
    from int_prescriptions__items
    where event_type = 'prescribed'
    union all
    select patient_id, drug_line_code as line_code, 'fill' as event, event_date
    from int_fills__accepted
)

select
    e.patient_id,
    coalesce(nullif(e.line_code, ''), l.line_code, '') as line_code,
    e.event,
    e.event_date,
    row_number() over (
        partition by e.patient_id, coalesce(nullif(e.line_code, ''), l.line_code, ''), e.event order by e.event_date
    ) as nth
from events as e
semi join ref.funnel_steps as w on w.event = e.event
left join int_patients__lines as l on l.patient_id = e.patient_id and l.is_primary
group by e.patient_id, coalesce(nullif(e.line_code, ''), l.line_code, ''), e.event, e.event_date
