-- ICD-10 codes that prescriptions of a patient carry, with the line of disease that lists the category.
-- grain: patient_id, icd10_code
-- inputs: int_prescriptions__items, ref.lines
-- by: patient_id
with coded as (
    select
        patient_id,
        event_date,
        event_at,
        event_id,
        upper(trim(unnest(string_split(icd10_codes, ';')))) as icd10_code
    from int_prescriptions__items
    where icd10_codes <> ''
),

line_codes as (
    select line_code, upper(trim(unnest(string_split(icd10_codes, ';')))) as category
    from ref.lines
),

seen as (
    select
        patient_id,
        icd10_code,
        min(event_date) as first_date,
        max(event_date) as last_date,
        count(distinct event_id) as evidence_count,
        max_by(event_id, (event_at, event_id)) as last_event_id
    from coded
    where icd10_code <> ''
    group by patient_id, icd10_code
)

select
    s.patient_id,
    s.icd10_code,
    coalesce(min(l.line_code), '') as line_code,
    any_value(s.first_date) as first_date,
    any_value(s.last_date) as last_date,
    any_value(s.evidence_count) as evidence_count,
    any_value(s.last_event_id) as last_event_id
from seen as s
left join line_codes as l on l.category <> '' and starts_with(s.icd10_code, l.category)
group by s.patient_id, s.icd10_code
