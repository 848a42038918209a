-- Tags that combine other tags in ways that tag_rules cannot say: signs that are counted, age and sex beside tags, and groups
-- of the service, of which the first that fits counts.
-- High risk of hypertension by number: three of age (men over 55, women over 65), smoking, LDL above the aim, early
-- disease of the heart in the family, obesity. Unconfirmed: a stage on a form
-- without any code of the line.
-- grain: patient_id, tag_id
-- inputs: int_tags__current, int_tags__combined_rules, int_patients__profile, int_patients__diagnoses
-- by: patient_id
-- gives: churn_risk, bc_postmenopausal, htn_high_risk, dx_unconfirmed, grp_vip, grp_standard
with tags as (
    select patient_id, tag_id, valid_from, last_date, last_event_id, evidence_count, confidence from int_tags__current
    union all
    select patient_id, tag_id, valid_from, last_date, last_event_id, evidence_count, confidence from int_tags__combined_rules
),

-- Signs of one kind count once.
signs (tag_id, sign, of_tag, wanted_count) as (
    values
        ('churn_risk', 'silent', 'eng_dormant', 2), ('churn_risk', 'falling', 'adh_falling', 2), ('churn_risk', 'late', 'refill_overdue_8_30', 2),
        ('churn_risk', 'doubt', 'barrier_price', 2), ('churn_risk', 'doubt', 'barrier_efficacy', 2), ('churn_risk', 'no_reply', 'eng_no_reply', 2),
        ('htn_high_risk', 'smoking', 'smoke_current', 3), ('htn_high_risk', 'lipids', 'ldl_high', 3),
        ('htn_high_risk', 'family', 'fh_early_cvd', 3), ('htn_high_risk', 'weight', 'bmi_obese', 3)
),

seen as (
    select t.patient_id, s.tag_id, s.sign, s.wanted_count, t.evidence_count, t.last_event_id, t.valid_from, t.last_date, t.confidence
    from tags as t
    join signs as s on s.of_tag = t.tag_id
    union all
    select patient_id, 'htn_high_risk', 'age', 3, 1, '', date '1970-01-01', date '1970-01-01', 1
    from int_patients__profile
    where sex = 'male' and age > 55 or sex = 'female' and age > 65
),

counted as (
    select
        patient_id,
        tag_id,
        max(valid_from) as valid_from,
        sum(evidence_count) as evidence_count,
        coalesce(max_by(last_event_id, (last_date, last_event_id)), '') as last_event_id,
        min(confidence) as confidence
    from seen
    group by patient_id, tag_id
    having count(distinct sign) >= max(wanted_count)
),

-- The hip is to be preserved: a treatment for it, or the wish.
groups as (
    select
        patient_id,
        bool_or(tag_id = 'val_high') or bool_or(tag_id = 'htn_high_risk')
            or (bool_or(tag_id = 'onfh_phase_early') and bool_or(tag_id in ('onfh_hip_preserving', 'barrier_fear_surgery'))) as is_vip,
        bool_or(tag_id = 'grp_light') as is_light,
        bool_or(tag_id = 'consent_ok') and bool_or(tag_id in (
            'stage_onboard', 'stage_nurture', 'stage_initiate', 'stage_consolidate', 'stage_maintain', 'stage_intervene'
        )) as is_served,
        coalesce(
            min(valid_from) filter (where tag_id in ('val_high', 'htn_high_risk')),
            max(valid_from) filter (where tag_id in ('onfh_phase_early', 'onfh_hip_preserving', 'barrier_fear_surgery'))
        ) as vip_date,
        max(valid_from) filter (where tag_id = 'consent_ok' or starts_with(tag_id, 'stage_')) as served_date
    from (
        select patient_id, tag_id, valid_from from tags
        union all
        select c.patient_id, c.tag_id, c.valid_from
        from counted as c
        join tags as t on t.patient_id = c.patient_id and t.tag_id = 'htn_dx'
    )
    group by patient_id
),

tagged as (
    select c.patient_id, c.tag_id, c.valid_from, c.evidence_count, c.last_event_id, c.confidence
    from counted as c
    where c.tag_id <> 'htn_high_risk' or c.patient_id in (select patient_id from tags where tag_id = 'htn_dx')
    union all
    select p.patient_id, 'bc_postmenopausal' as tag_id, t.valid_from, 1 as evidence_count, t.last_event_id, t.confidence
    from int_patients__profile as p
    join tags as t on t.patient_id = p.patient_id and t.tag_id = 'bc_dx'
    anti join (select patient_id from tags where tag_id = 'bc_premenopausal') as m on m.patient_id = p.patient_id
    where p.age >= 60 and p.sex <> 'male'
    union all
    select
        t.patient_id, 'dx_unconfirmed' as tag_id, min(t.valid_from) as valid_from, 1 as evidence_count,
        max_by(t.last_event_id, (t.last_date, t.last_event_id)) as last_event_id, min(t.confidence) as confidence
    from tags as t
    anti join int_patients__diagnoses as d
        on d.patient_id = t.patient_id and d.line_code = case when starts_with(t.tag_id, 'bc_stage_') then 'bc' else 'onfh' end
    where starts_with(t.tag_id, 'onfh_arco_') or starts_with(t.tag_id, 'bc_stage_')
    group by t.patient_id
    union all
    select
        patient_id,
        case when is_vip then 'grp_vip' else 'grp_standard' end as tag_id,
        case when is_vip then vip_date else served_date end as valid_from, 1 as evidence_count, '' as last_event_id, 1 as confidence
    from groups
    where is_vip or (is_served and not is_light)
)

select
    t.patient_id,
    t.tag_id,
    t.valid_from,
    date '9999-12-31' as last_date,
    t.evidence_count,
    t.last_event_id,
    t.confidence
from tagged as t
