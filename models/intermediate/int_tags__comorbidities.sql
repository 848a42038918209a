-- Tags of codes beside other codes: spread of breast cancer, a fracture of the hip before osteonecrosis, diseases of several
-- lines within 365 days.
-- grain: patient_id, tag_id
-- inputs: int_patients__diagnoses, int_tags__diagnoses, ref.settings
-- by: patient_id
-- gives: bc_stage_4, onfh_etio_trauma, dx_multimorbid
with spread as (
    select
        d.patient_id,
        min(d.first_date) as valid_from,
        max(d.last_date) as last_date,
        sum(d.evidence_count) as evidence_count,
        max_by(d.last_event_id, (d.last_date, d.last_event_id)) as last_event_id
    from int_patients__diagnoses as d
    join int_tags__diagnoses as b on b.patient_id = d.patient_id and b.tag_id = 'bc_dx' and d.last_date >= b.valid_from
    where regexp_full_match(d.icd10_code, 'C7[7-9].*')
    group by d.patient_id
),

-- A fracture or dislocation of the hip before osteonecrosis was coded.
injured as (
    select
        d.patient_id,
        min(d.first_date) as valid_from,
        max(d.last_date) as last_date,
        sum(d.evidence_count) as evidence_count,
        max_by(d.last_event_id, (d.last_date, d.last_event_id)) as last_event_id
    from int_patients__diagnoses as d
    join int_tags__diagnoses as o on o.patient_id = d.patient_id and o.tag_id = 'onfh_dx' and d.first_date <= o.valid_from
    where regexp_full_match(d.icd10_code, 'S72\.0.*|S73\.0.*')
    group by d.patient_id
),

several as (
    select
        d.patient_id,
        max(d.first_date) as valid_from,
        max(d.last_date) as last_date,
        sum(d.evidence_count) as evidence_count,
        max_by(d.last_event_id, (d.last_date, d.last_event_id)) as last_event_id
    from int_patients__diagnoses as d
    join ref.settings as s on d.last_date > s.as_of - 365
    where d.line_code <> ''
    group by d.patient_id
    having count(distinct d.line_code) >= 2
),

tagged as (
    select patient_id, 'bc_stage_4' as tag_id, valid_from, last_date, evidence_count, last_event_id from spread
    union all
    select patient_id, 'onfh_etio_trauma' as tag_id, valid_from, last_date, evidence_count, last_event_id from injured
    union all
    select patient_id, 'dx_multimorbid' as tag_id, valid_from, last_date, evidence_count, last_event_id from several
)

select
    patient_id,
    tag_id,
    valid_from,
    last_date,
    evidence_count,
    last_event_id,
    1.0 as confidence
from tagged
