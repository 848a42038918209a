-- Tags that combine other tags and facts. Of a combination all required tags are held and none of the barred.
-- grain: patient_id, tag_id
-- inputs: int_tags__facts, ref.settings
-- gives: churn_risk, bc_postmenopausal, grp_vip, grp_standard
with holds as (
    select patient_id, list(tag_id) as tags
    from int_tags__facts
    group by patient_id
),

-- A row gives its tag when the patient has every tag of needs, at least one of any_of (when there is one) and none of bars.
combinations (tag_id, needs, any_of, bars) as (
    values
        ('bc_postmenopausal', ['bc_dx', 'age_65_plus'], [], ['bc_premenopausal']),
        ('grp_vip', ['consent_ok'], ['val_high'], []),
        ('grp_vip', ['consent_ok', 'htn_dx'], ['dm_type1', 'dm_type2', 'ckd', 'cvd_history', 'htn_grade_3'], [])
),

combined as (
    select distinct h.patient_id, c.tag_id
    from holds as h
    join combinations as c
        on list_has_all(h.tags, c.needs)
        and (len(c.any_of) = 0 or list_has_any(h.tags, c.any_of))
        and not list_has_any(h.tags, c.bars)
),

-- Any two of these signs.
risks as (
    select patient_id
    from holds
    where (case when list_contains(tags, 'eng_dormant') then 1 else 0 end)
        + (case when list_contains(tags, 'adh_falling') then 1 else 0 end)
        + (case when list_contains(tags, 'refill_overdue_8_30') then 1 else 0 end)
        + (case when list_has_any(tags, ['barrier_price', 'barrier_efficacy']) then 1 else 0 end)
        + (case when list_contains(tags, 'eng_no_reply') then 1 else 0 end) >= 2
),

tagged as (
    select patient_id, tag_id from combined
    union all
    select patient_id, 'churn_risk' as tag_id from risks
    union all
    select h.patient_id, 'grp_standard' as tag_id
    from holds as h
    anti join (select patient_id from combined where tag_id = 'grp_vip') as v on v.patient_id = h.patient_id
    where list_contains(h.tags, 'consent_ok')
        and list_has_any(h.tags, ['stage_onboard', 'stage_nurture', 'stage_initiate', 'stage_consolidate', 'stage_maintain', 'stage_intervene'])
)

select
    t.patient_id,
    t.tag_id,
    s.as_of as valid_from,
    s.as_of as last_date,
    1 as evidence_count,
    '' as last_event_id,
    1.0 as confidence
from tagged as t
cross join ref.settings as s
