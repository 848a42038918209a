-- What the rules of tag_rules look at, in one shape: only what some rule names, by the business day.
-- finding: concept, detail is the status, said by and of the patient; measurement: kind, detail is the context (weight over
-- height squared counts as bmi); activity: type, its attributes in text; fill: class or code of the drug, the value is
-- the days of supply; diagnosis: start of an ICD-10 code, by the newest day of the code; attribute: newest word of a form, in text; message: group or
-- direct, of the patient; adherence: pdc_180, share of the last 180 days covered by the class with most of them.
-- grain: source, name, patient_id, origin, event_id, ordinal
-- inputs: int_findings__statements, int_findings__answers, int_measurements__readings, int_activities__events, int_fills__accepted,
--    int_patients__diagnoses, int_activities__attributes, int_chats__messages, int_adherence__windows, int_adherence__covered_days,
--    ref.tag_rules, ref.settings
-- by: patient_id
-- view: one reader
with wanted as (
    select distinct source, unnest(string_split(name, '|')) as name
    from ref.tag_rules
),

-- Few codes are in use, so the starts that rules name are matched once per code.
diagnoses as (
    select c.icd10_code, w.name
    from (select distinct icd10_code from int_patients__diagnoses) as c
    join wanted as w on w.source = 'diagnosis' and starts_with(c.icd10_code, w.name)
),

findings as (
    select patient_id, source, event_id, ordinal, event_at, event_date, concept, status, subject
    from int_findings__statements
    where speaker = 'patient'
    union all
    select patient_id, source, event_id, ordinal, event_at, event_date, concept, status, subject
    from int_findings__answers
),

heights as (
    select patient_id, max_by(value, (event_at, event_id, ordinal)) as height
    from int_measurements__readings
    where kind = 'height' and value between 100 and 230
    group by patient_id
),

main_classes as (
    select
        w.patient_id,
        w.drug_class_code,
        coalesce(c.covered_days, 0) / nullif(w.end_position - w.start_position, 0) as pdc_ratio
    from int_adherence__windows as w
    left join int_adherence__covered_days as c
        on c.patient_id = w.patient_id and c.drug_class_code = w.drug_class_code and c.period_code = w.period_code
    where w.period_code = 'r180' and w.treatment_end - w.treatment_start + 1 >= 180
    qualify row_number() over (partition by w.patient_id order by coalesce(c.covered_days, 0) desc, w.drug_class_code) = 1
),

-- An order with two lines of one drug, or a drug that is its own class, is one signal.
fills as (
    select patient_id, claim_id, event_id, name, max(days_supply) as days_supply, min(event_at) as event_at, min(event_date) as event_date
    from (
        select patient_id, claim_id, event_id, unnest([drug_class_code, drug_code]) as name, days_supply, event_at, event_date
        from int_fills__accepted
    )
    group by patient_id, claim_id, event_id, name
),

signals as (
    select 'finding' as source, concept as name, status as detail, cast(null as double) as value, '' as text,
        patient_id, source as origin, event_id, ordinal, event_at, event_date
    from findings
    where subject = 'self' and status <> 'asked'
    union all
    select 'measurement', kind, context, value, '', patient_id, source, event_id, ordinal, event_at, event_date
    from int_measurements__readings
    union all
    select 'measurement', 'bmi', '', w.value / pow(h.height / 100, 2), '',
        w.patient_id, w.source, w.event_id, w.ordinal, w.event_at, w.event_date
    from int_measurements__readings as w
    join heights as h on h.patient_id = w.patient_id
    where w.kind = 'weight'
    union all
    select 'activity', activity_type, '', null, attributes, patient_id, source, event_id, 0, event_at, event_date
    from int_activities__events
    union all
    select 'fill', name, '', days_supply, '', patient_id, claim_id, event_id, 0, event_at, event_date
    from fills
    union all
    select 'diagnosis', c.name, '', null, '', d.patient_id, d.icd10_code, d.last_event_id, 0, cast(d.last_date as timestamptz), d.last_date
    from int_patients__diagnoses as d
    join diagnoses as c on c.icd10_code = d.icd10_code
    union all
    select 'attribute', name, '', null, value, patient_id, '', event_id, 0, cast(event_date as timestamptz), event_date
    from int_activities__attributes
    union all
    select 'message', case when room_key = '' then 'direct' else 'group' end, '', null, '',
        patient_id, source, event_id, 0, event_at, event_date
    from int_chats__messages
    where speaker = 'patient' and not is_withdrawn
    union all
    select 'adherence', 'pdc_180', '', m.pdc_ratio, '', m.patient_id, '', '', 0, cast(s.as_of as timestamptz), s.as_of
    from main_classes as m
    cross join ref.settings as s
)

select
    s.source,
    s.name,
    s.detail,
    s.value,
    s.text,
    s.patient_id,
    s.origin,
    s.event_id,
    s.ordinal,
    s.event_at,
    s.event_date
from signals as s
semi join wanted as w on w.source = s.source and w.name = s.name
