-- What was stated, measured or counted of a person, one row for every value with its family, source, day and event: the parts of
-- the portrait that come from events.
-- grain: patient_id, family, name
-- inputs: int_activities__attributes, int_activities__events, int_chats__messages, int_measurements__readings,
--    int_patients__diagnoses, int_findings__statements, int_fills__accepted, ref.settings
-- by: patient_id
-- due: select patient_id from int_activities__events where event_date + 90 between $last and $day
--    union all select patient_id from int_chats__messages where event_date + 90 between $last and $day
--    union all select patient_id from int_fills__accepted where supply_end_date + 60 between $last and $day
--    union all select patient_id from int_findings__statements
--    where event_date + 30 between $last and $day or event_date + 90 between $last and $day or event_date + 180 between $last and $day
--        or event_date + 365 between $last and $day or event_date + 3650 between $last and $day
-- view: one reader
with stated_names (name, family) as (
    values
        ('sex', 'basic'), ('birth_year', 'basic'), ('city_tier', 'basic'), ('relation', 'basic'), ('smoking', 'lifestyle'),
        ('alcohol', 'lifestyle'), ('family_history', 'family_risk'), ('allergy', 'family_risk'), ('menopause', 'family_risk'),
        ('cause', 'family_risk'), ('stage', 'disease'), ('side', 'disease'), ('receptor', 'disease')
),

-- Families of findings in texts, and for how many days a finding says something of today.
finding_kinds (kind, family, days) as (
    values
        ('barrier', 'needs_barriers', 180), ('need', 'needs_barriers', 180), ('intent', 'needs_barriers', 30), ('life', 'lifestyle', 365),
        ('symptom', 'disease', 90), ('reaction', 'treatment', 180), ('disease', 'disease', 3650), ('stage', 'disease', 3650)
),

counted_types (activity_type, family, name) as (
    values
        ('read_article', 'behaviour', 'content_90d'), ('view_video', 'behaviour', 'content_90d'), ('view_live', 'behaviour', 'content_90d'),
        ('check_in_medicine', 'behaviour', 'check_in_medicine_90d'), ('check_in_exercise', 'lifestyle', 'check_in_exercise_90d'),
        ('attend_light_clinic', 'behaviour', 'clinics_90d'), ('attend_heavy_clinic', 'behaviour', 'clinics_90d'),
        ('attend_offline_meeting', 'behaviour', 'clinics_90d'), ('book_consult', 'behaviour', 'consults_90d'),
        ('revisit', 'monitoring', 'revisits_90d'), ('report_read', 'monitoring', 'reports_90d')
),

counted as (
    select e.patient_id, c.family, c.name, e.event_date, e.event_at, e.event_id, 'activity' as source
    from int_activities__events as e
    join counted_types as c on c.activity_type = e.activity_type
    join ref.settings as s on e.event_date > s.as_of - 90
    union all
    select m.patient_id, 'behaviour', case when m.room_key = '' then 'messages_90d' else 'group_messages_90d' end, m.event_date, m.event_at, m.event_id, 'chat'
    from int_chats__messages as m
    join ref.settings as s on m.event_date > s.as_of - 90
    where m.speaker = 'patient'
),

portrait as (
    select a.patient_id, n.family, a.name, a.value, '' as unit, 'activity' as source, a.event_date as known_date, a.event_id
    from int_activities__attributes as a
    join stated_names as n on n.name = a.name
    union all
    select patient_id, family, name, cast(count(*) as varchar), 'events', any_value(source), max(event_date), max_by(event_id, (event_at, event_id))
    from counted
    group by patient_id, family, name
    union all
    select
        patient_id, 'monitoring', kind || case when context = '' then '' else '_' || context end,
        max_by(printf('%g', value), (event_at, event_id, ordinal)), max_by(unit, (event_at, event_id, ordinal)),
        max_by(via, (event_at, event_id, ordinal)), max(event_date), max_by(event_id, (event_at, event_id, ordinal))
    from int_measurements__readings
    where kind not in ('dose', 'dose_frequency', 'duration')
    group by patient_id, kind, context
    union all
    select patient_id, 'disease', 'icd10_' || icd10_code, icd10_code, '', 'prescription', last_date, last_event_id
    from int_patients__diagnoses
    union all
    select
        f.patient_id, k.family, f.kind || '_' || f.concept, max_by(f.status, (f.event_at, f.event_id, f.ordinal)), '', 'chat', max(f.event_date),
        max_by(f.event_id, (f.event_at, f.event_id, f.ordinal))
    from int_findings__statements as f
    join finding_kinds as k on k.kind = f.kind
    join ref.settings as s on f.event_date > s.as_of - k.days
    where f.status in ('present', 'absent') and f.subject = 'self' and f.speaker = 'patient'
    group by f.patient_id, k.family, f.kind, f.concept
    union all
    select
        f.patient_id, 'treatment', 'drug_' || f.drug_code, cast(max(f.supply_end_date) as varchar), 'last day of supply', 'prescription',
        max(f.event_date), max_by(f.event_id, (f.event_at, f.event_id))
    from int_fills__accepted as f
    join ref.settings as s on f.supply_end_date >= s.as_of - 60
    group by f.patient_id, f.drug_code
)

select
    patient_id,
    family,
    name,
    value,
    unit,
    source,
    known_date,
    coalesce(event_id, '') as event_id
from portrait
