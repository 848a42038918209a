-- Activities with the person they belong to, the attributes that models use as columns.
-- grain: source, event_id
-- inputs: stg_activities__events, int_identity__components
-- by: patient_id
-- view: its columns stand in staging
select
    k.patient_id,
    a.source,
    a.event_id,
    a.event_at,
    a.event_date,
    a.line_code,
    a.activity_type,
    a.staff_id,
    a.channel,
    a.campaign,
    a.attributes
from stg_activities__events as a
join int_identity__components as k on k.patient_key = a.patient_key
