-- Numbers with units that patients report or devices and forms deliver.
-- grain: source, event_id, ordinal
-- inputs: int_measurements__readings
-- patient_id: the person
-- event_at: when it was measured or told
-- kind: bp_systolic, bp_diastolic, glucose, hba1c, weight, vas and so on
-- value: the number
-- unit: unit of the number
-- context: fasting, after_meal, home, office or empty
-- via: chat or activity
-- event_id: event that carries it
-- ordinal: place within the event
-- source: format in which the event came
select
    patient_id,
    event_at,
    kind,
    value,
    unit,
    context,
    via,
    event_id,
    ordinal,
    source
from int_measurements__readings
order by patient_id, event_at
