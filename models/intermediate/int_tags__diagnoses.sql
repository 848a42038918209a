-- Tags that ICD-10 codes of prescriptions give. from_days limits how old the newest code may be.
-- grain: patient_id, tag_id
-- inputs: int_patients__diagnoses, ref.settings
-- gives: onfh_dx, htn_dx, dm_type1, dm_type2, dm_gdm, dm_nephropathy, dm_retinopathy, dm_foot_risk, bc_dx, bc_stage_4, cvd_history,
--    ckd, onfh_thr_done, onfh_etio_trauma, dx_multimorbid
with codes (tag_id, pattern, within_days) as (
    values
        ('onfh_dx', 'M87.*', 36500), ('htn_dx', 'I1[0-5].*', 36500), ('dm_type1', 'E10.*', 36500), ('dm_type2', 'E11.*', 36500),
        ('dm_gdm', 'O24.*', 300), ('dm_nephropathy', 'E11\.2.*|N08\.3.*', 365), ('dm_retinopathy', 'E11\.3.*|H36\.0.*', 730),
        ('dm_foot_risk', 'E11\.4.*|E11\.5.*', 365), ('bc_dx', 'C50.*|Z85\.3.*', 36500), ('cvd_history', 'I2[0-5].*|I6[0-9].*|I7[0-4].*', 36500),
        ('ckd', 'N18.*', 36500), ('onfh_thr_done', 'Z96\.64.*', 36500)
),

-- Few codes are in use, so the patterns are matched once per code and not per patient.
matched as (
    select c.tag_id, c.within_days, d.icd10_code
    from (select distinct icd10_code from int_patients__diagnoses) as d
    join codes as c on regexp_full_match(d.icd10_code, c.pattern)
),

-- One type of diabetes: the newest code decides.
coded as (
    select
        d.patient_id,
        c.tag_id,
        min(d.first_date) as valid_from,
        max(d.last_date) as last_date,
        sum(d.evidence_count) as evidence_count,
        max_by(d.last_event_id, (d.last_date, d.last_event_id)) as last_event_id
    from int_patients__diagnoses as d
    join matched as c on c.icd10_code = d.icd10_code
    join ref.settings as s on d.last_date > s.as_of - c.within_days
    group by d.patient_id, c.tag_id
    qualify c.tag_id not in ('dm_type1', 'dm_type2', 'dm_gdm') or row_number() over (
        partition by d.patient_id, c.tag_id in ('dm_type1', 'dm_type2', 'dm_gdm') order by max(d.last_date) desc, c.tag_id
    ) = 1
),

-- Spread to other organs after breast cancer was coded.
spread as (
    select
        d.patient_id,
        min(d.first_date) as valid_from,
        max(d.last_date) as last_date,
        sum(d.evidence_count) as evidence_count,
        max_by(d.last_event_id, (d.last_date, d.last_event_id)) as last_event_id
    from int_patients__diagnoses as d
    join coded as b on b.patient_id = d.patient_id and b.tag_id = 'bc_dx' and d.last_date >= b.valid_from
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
    join coded as o on o.patient_id = d.patient_id and o.tag_id = 'onfh_dx' and d.first_date <= o.valid_from
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
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id from coded
    union all
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
