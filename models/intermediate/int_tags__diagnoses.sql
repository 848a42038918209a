-- Tags that ICD-10 codes of prescriptions give, within_days after the newest code, and dispenses that stand for a code:
-- two of a class for high blood pressure 30 days apart within 365 days; of tablets for diabetes beside E14, the type of which
-- is not told. Of M87 the fifth sign is the site: 5 the hip, 0 several, 9 or none not told.
-- grain: patient_id, tag_id
-- inputs: int_patients__diagnoses, int_fills__accepted, int_drugs__targets, ref.settings
-- by: patient_id
-- gives: onfh_dx, htn_dx, dm_type1, dm_type2, dm_gdm, dm_nephropathy, dm_retinopathy, dm_foot_risk, bc_dx, cvd_history, ckd, onfh_thr_done
with codes (tag_id, pattern, within_days) as (
    values
        ('onfh_dx', 'M87(\.[0-9]?)?|M87\.[0-9][059X].*', 36500), ('htn_dx', 'I1[0-5].*', 36500), ('dm_type1', 'E10.*', 36500), ('dm_type2', 'E11.*', 36500),
        ('dm_gdm', 'O24.*', 300), ('dm_nephropathy', 'E1[01]\.2.*', 365), ('dm_retinopathy', 'E1[01]\.3.*|H36\.0.*', 730),
        ('dm_foot_risk', 'E1[01]\.[45].*', 365), ('bc_dx', 'C50.*|Z85\.3.*', 36500), ('cvd_history', 'I2[0-5].*|I6[0-9].*|I7[0-4].*', 36500),
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

-- Antihypertensives of one class, dispensed at least 30 days apart.
pressures as (
    select
        f.patient_id,
        t.drug_class_code,
        min(f.event_date) as valid_from,
        max(f.event_date) as last_date,
        count(distinct f.event_id) as evidence_count,
        max_by(f.event_id, (f.event_at, f.event_id)) as last_event_id
    from int_fills__accepted as f
    join int_drugs__targets as t on t.drug_code = f.drug_code and t.line_code = 'htn'
    join ref.settings as s on f.event_date > s.as_of - 365
    group by f.patient_id, t.drug_class_code
    having max(f.event_date) - min(f.event_date) >= 30
),

-- Diabetes of a type that the code does not tell, with tablets and never a code of type 1.
untyped as (
    select
        d.patient_id,
        min(d.first_date) as valid_from,
        max(d.last_date) as last_date,
        sum(d.evidence_count) as evidence_count,
        max_by(d.last_event_id, (d.last_date, d.last_event_id)) as last_event_id
    from int_patients__diagnoses as d
    where starts_with(d.icd10_code, 'E14')
        and d.patient_id not in (select patient_id from int_patients__diagnoses where starts_with(icd10_code, 'E10'))
        and d.patient_id in (
            select f.patient_id
            from int_fills__accepted as f
            join int_drugs__targets as t on t.drug_code = f.drug_code
            where t.line_code = 'dm' and t.drug_class_code not in ('dm_insulin', 'dm_glp1')
        )
    group by d.patient_id
),

-- A disease of the kidney in diabetes is coded beside the diabetes.
kidneys as (
    select
        d.patient_id,
        min(d.first_date) as valid_from,
        max(d.last_date) as last_date,
        sum(d.evidence_count) as evidence_count,
        max_by(d.last_event_id, (d.last_date, d.last_event_id)) as last_event_id
    from int_patients__diagnoses as d
    join ref.settings as s on d.last_date > s.as_of - 365
    where starts_with(d.icd10_code, 'N08.3')
        and (d.patient_id in (select patient_id from coded where tag_id in ('dm_type1', 'dm_type2'))
            or d.patient_id in (select patient_id from untyped))
    group by d.patient_id
),

given as (
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id from coded
    union all
    select patient_id, 'htn_dx' as tag_id, valid_from, last_date, evidence_count, last_event_id from pressures
    union all
    select patient_id, 'dm_type2' as tag_id, valid_from, last_date, evidence_count, last_event_id from untyped
    union all
    select patient_id, 'dm_nephropathy' as tag_id, valid_from, last_date, evidence_count, last_event_id from kidneys
),

tagged as (
    select
        patient_id,
        tag_id,
        min(valid_from) as valid_from,
        max(last_date) as last_date,
        sum(evidence_count) as evidence_count,
        max_by(last_event_id, (last_date, last_event_id)) as last_event_id
    from given
    group by patient_id, tag_id
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
