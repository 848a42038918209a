-- Everything that happened to a patient in order of time, for the page of one patient.
-- grain: kind, source, event_id, ordinal
-- inputs: int_chats__messages, int_prescriptions__items, int_activities__events, int_measurements__readings
-- by: patient_id
-- patient_id: the person
-- event_at: when it happened
-- event_id: the event
-- ordinal: line within the event, 0 when there is one
-- kind: chat, prescription, activity or measurement
-- title: speaker of a message, type of a prescription event or activity, kind of a measurement
-- detail: text of the message with identifiers replaced, drug with packs and days, attributes, or value with unit
-- staff_id: care worker who took part
-- source: format in which the event came
with happened as (
    select
        patient_id, event_at, event_id, 0 as ordinal, 'chat' as kind, speaker as title,
        case when is_withdrawn or msg_type = 'text' then text else '[' || msg_type || ']' || text end as detail,
        staff_id, source
    from int_chats__messages
    union all
    select
        patient_id, event_at, event_id, ordinal, 'prescription' as kind, event_type as title,
        drug_name || ' x' || printf('%g', coalesce(quantity, 0)) || coalesce(', ' || days_supply || ' d', '') as detail,
        staff_id, source
    from int_prescriptions__items
    union all
    select
        patient_id, event_at, event_id, 0 as ordinal, 'activity' as kind, activity_type as title,
        case when attributes in ('', '{}') then channel else attributes end as detail,
        staff_id, source
    from int_activities__events
    union all
    select
        patient_id, event_at, event_id, ordinal, 'measurement' as kind, kind as title,
        printf('%g', value) || ' ' || unit || case when context = '' then '' else ' ' || context end as detail,
        '' as staff_id, source
    from int_measurements__readings
)

select
    patient_id,
    event_at,
    event_id,
    ordinal,
    kind,
    title,
    detail,
    staff_id,
    source
from happened
order by patient_id
