-- Tags of codes beside other codes: spread of breast cancer, a fracture of the hip before osteonecrosis, diseases of several
-- lines within 365 days.
-- grain: patient_id, tag_id
-- inputs: int_patients__diagnoses, int_tags__diagnoses, ref.settings
-- by: patient_id
-- gives: bc_stage_4, onfh_etio_trauma, dx_multimorbid
with coded as (
    select d.patient_id, 'bc_stage_4' as tag_id, d.line_code, d.first_date, d.last_date, d.evidence_count, d.last_event_id
    from int_patients__diagnoses as d
    join int_tags__diagnoses as b on b.patient_id = d.patient_id and b.tag_id = 'bc_dx' and d.last_date >= b.valid_from
    where regexp_full_match(d.icd10_code, 'C7[7-9].*')
    union all
    -- A fracture or dislocation of the hip before osteonecrosis was coded.
    select d.patient_id, 'onfh_etio_trauma' as tag_id, d.line_code, d.first_date, d.last_date, d.evidence_count, d.last_event_id
    from int_patients__diagnoses as d
    join int_tags__diagnoses as o on o.patient_id = d.patient_id and o.tag_id = 'onfh_dx' and d.first_date <= o.valid_from
    where regexp_full_match(d.icd10_code, 'S72\.0.*|S73\.0.*')
    union all
    select d.patient_id, 'dx_multimorbid' as tag_id, d.line_code, d.first_date, d.last_date, d.evidence_count, d.last_event_id
    from int_patients__diagnoses as d
    join ref.settings as s on d.last_date > s.as_of - 365
    where d.line_code <> ''
)

-- Several diseases there are from the day of the last one that came.
select
    patient_id,
    tag_id,
    case tag_id when 'dx_multimorbid' then max(first_date) else min(first_date) end as valid_from,
    max(last_date) as last_date,
    sum(evidence_count) as evidence_count,
    max_by(last_event_id, (last_date, last_event_id)) as last_event_id,
    1.0 as confidence
from coded
group by patient_id, tag_id
having tag_id <> 'dx_multimorbid' or count(distinct line_code) >= 2
