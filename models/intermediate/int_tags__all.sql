-- All tags before exclusive groups and expiry: those that rest on facts and those that combine others. A tag
-- with a requirement is given only beside one of the tags it needs, and never beside one that it excludes.
-- grain: patient_id, tag_id
-- inputs: int_tags__facts, int_tags__combined, int_tags__combined_rules
with given as (
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id, confidence from int_tags__facts
    union all
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id, confidence from int_tags__combined
    union all
    select patient_id, tag_id, valid_from, last_date, evidence_count, last_event_id, confidence from int_tags__combined_rules
),

-- What a message alone can not know: whether the disease is coded, or which medicine the patient takes.
requirements (tag_id, any_of, bars) as (
    values
        ('dx_unconfirmed', [], ['onfh_dx', 'htn_dx', 'dm_type1', 'dm_type2', 'dm_gdm', 'bc_dx']),
        ('onfh_suspect', ['steroid_history', 'alcohol_heavy'], ['onfh_dx']),
        ('weight_loading_risk', ['onfh_dx'], []),
        ('protected_weight', ['onfh_dx'], []),
        ('bc_endometrium_review', ['bc_tamoxifen'], []),
        ('onfh_hip_preserving', ['onfh_dx'], ['onfh_thr_done'])
),

needed as (
    select patient_id, list(tag_id) as tags
    from given
    group by patient_id
),

summed as (
    select
        patient_id,
        tag_id,
        min(valid_from) as valid_from,
        max(last_date) as last_date,
        sum(evidence_count) as evidence_count,
        max_by(last_event_id, (last_date, last_event_id)) as last_event_id,
        max(confidence) as confidence
    from given
    group by patient_id, tag_id
)

select
    g.patient_id,
    g.tag_id,
    g.valid_from,
    g.last_date,
    g.evidence_count,
    g.last_event_id,
    g.confidence
from summed as g
join needed as n on n.patient_id = g.patient_id
left join requirements as r on r.tag_id = g.tag_id
where r.tag_id is null
    or ((len(r.any_of) = 0 or list_has_any(n.tags, r.any_of)) and not list_has_any(n.tags, r.bars))
