-- Tags that a form or a care worker states outright: the newest value of an attribute, as a word.
-- Stages of the disease count from the attribute stage, with its usual spellings. A bare "true" of the family
-- history on a form means the disease of the patient's line.
-- grain: patient_id, tag_id
-- inputs: int_activities__attributes, int_patients__profile
-- by: patient_id
-- view: one reader
-- gives: smoke_current, smoke_former, alcohol_heavy, alcohol_some, fh_htn, fh_dm, fh_early_cvd, fh_breast_cancer, allergy_drug,
--    bc_postmenopausal, bc_premenopausal, bc_hr_pos, bc_her2_pos, bc_tnbc, onfh_arco_1, onfh_arco_2, onfh_arco_3, onfh_arco_4,
--    bc_stage_0_1, bc_stage_2, bc_stage_3, bc_stage_4, onfh_bilateral,
--    onfh_etio_steroid, onfh_etio_alcohol, onfh_etio_trauma, exp_treatment, exp_control
with words (tag_id, name, pattern) as (
    values
        ('smoke_current', 'smoking', 'current|yes|true|是'),
        ('smoke_former', 'smoking', 'former|quit|已戒'),
        ('alcohol_heavy', 'alcohol', 'heavy|大量'),
        ('alcohol_some', 'alcohol', 'some|light|moderate|yes|少量'),
        ('fh_htn', 'family_history', '(.*[;,+ ])?(htn|hypertension|高血压)([;,+ ].*)?'),
        ('fh_dm', 'family_history', '(.*[;,+ ])?(dm|diabetes|糖尿病)([;,+ ].*)?'),
        ('fh_early_cvd', 'family_history', '(.*[;,+ ])?(early_cvd|cvd)([;,+ ].*)?'),
        ('fh_breast_cancer', 'family_history', '(.*[;,+ ])?(bc|breast_cancer|乳腺癌)([;,+ ].*)?'),
        ('bc_postmenopausal', 'menopause', 'post|postmenopausal|绝经后|绝经'),
        ('bc_premenopausal', 'menopause', 'pre|premenopausal|peri|绝经前'),
        ('bc_hr_pos', 'receptor', '(.*[;,+ ])?(hr_pos|hr\+|er\+|pr\+|hr_pos_her2_.*|luminal_?[ab]?)([;,+ ].*)?'),
        ('bc_her2_pos', 'receptor', '(.*[;,+ _])?(her2_pos|her2\+|her2)([;,+ ].*)?'),
        ('bc_tnbc', 'receptor', 'tnbc|triple_negative|三阴性?'),
        ('onfh_arco_1', 'stage', 'arco[ _-]?(1|i)'),
        ('onfh_arco_2', 'stage', 'arco[ _-]?(2|ii)'),
        ('onfh_arco_3', 'stage', 'arco[ _-]?(3|iii)[ab]?'),
        ('onfh_arco_4', 'stage', 'arco[ _-]?(4|iv)'),
        ('bc_stage_0_1', 'stage', '(ajcc|tnm|bc|stage)[ _-]?(0|1|i|ia|ib)'),
        ('bc_stage_2', 'stage', '(ajcc|tnm|bc|stage)[ _-]?(2|ii)[ab]?'),
        ('bc_stage_3', 'stage', '(ajcc|tnm|bc|stage)[ _-]?(3|iii)[abc]?'),
        ('bc_stage_4', 'stage', '(ajcc|tnm|bc|stage)[ _-]?(4|iv)'),
        ('onfh_bilateral', 'side', 'both|bilateral|双侧'),
        ('onfh_etio_steroid', 'cause', 'steroid|glucocorticoid|激素'),
        ('onfh_etio_alcohol', 'cause', 'alcohol|酒精'),
        ('onfh_etio_trauma', 'cause', 'trauma|创伤|外伤'),
        ('exp_treatment', 'arm', 'treatment|实验组'),
        ('exp_control', 'arm', 'control|对照组')
),

families (tag_id, line_code) as (
    values ('fh_htn', 'htn'), ('fh_dm', 'dm'), ('fh_breast_cancer', 'bc')
),

-- Few values are in use, so the patterns are matched once per value and not per patient.
matched as (
    select w.tag_id, v.name, v.value
    from (select distinct name, value from int_activities__attributes) as v
    join words as w on w.name = v.name and regexp_full_match(v.value, w.pattern)
),

tagged as (
    select a.*, m.tag_id
    from int_activities__attributes as a
    join matched as m on m.name = a.name and m.value = a.value
    union all
    select a.*, f.tag_id
    from int_activities__attributes as a
    join int_patients__profile as p on p.patient_id = a.patient_id
    join families as f on f.line_code = p.line_code
    where a.name = 'family_history' and a.value in ('true', 'yes', '是')
    union all
    select *, 'allergy_drug' as tag_id
    from int_activities__attributes
    where name = 'allergy' and value not in ('无', 'none', 'no', 'false', '没有', '否')
)

select
    patient_id,
    tag_id,
    event_date as valid_from,
    event_date as last_date,
    evidence_count,
    event_id as last_event_id,
    0.9 as confidence
from tagged
