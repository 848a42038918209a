-- What a tag rests on: for each patient and tag the newest five events (or tags), with what was seen. An event that several
-- rules name stands once. seen is the mention for texts, the value for conditions, else what kind of event it was.
-- grain: patient_id, tag_id, event_id, seen
-- inputs: int_tags__all, int_tags__current, int_tags__matches, int_tags__fitting, int_activities__events, int_prescriptions__items,
--    int_measurements__readings, int_chats__messages, ref.tag_rules
-- by: patient_id
with needed as (
    select patient_id, tag_id, last_event_id as event_id
    from int_tags__all
    where last_event_id <> ''
),

wanted as (
    select distinct patient_id, event_id from needed
),

-- What the event is that a model names.
events as (
    select e.patient_id, e.event_id, e.event_at, e.activity_type as seen, 2 as preference
    from int_activities__events as e
    semi join wanted as w on w.patient_id = e.patient_id and w.event_id = e.event_id
    union all
    select i.patient_id, i.event_id, i.event_at, concat_ws(' ', i.event_type, i.drug_name, cast(i.days_supply as varchar) || ' d') as seen, 1 as preference
    from int_prescriptions__items as i
    semi join wanted as w on w.patient_id = i.patient_id and w.event_id = i.event_id
    union all
    select m.patient_id, m.event_id, m.event_at, concat_ws(' ', m.kind, cast(m.value as varchar)) as seen, 1 as preference
    from int_measurements__readings as m
    semi join wanted as w on w.patient_id = m.patient_id and w.event_id = m.event_id
    union all
    select m.patient_id, m.event_id, m.event_at, m.speaker || ' message' as seen, 3 as preference
    from int_chats__messages as m
    semi join wanted as w on w.patient_id = m.patient_id and w.event_id = m.event_id
),

texts as (
    select patient_id, tag_id, event_id, event_at, coalesce(nullif(mention, ''), concept) as seen
    from int_tags__matches
    where is_recent
),

named as (
    select tag_id, unnest(string_split(name, '|')) as name
    from ref.tag_rules
    where source = 'tag' and role <> 'none'
    union
    select tag_id, of_tag
    from (
        values
            ('churn_risk', 'eng_dormant'), ('churn_risk', 'adh_falling'), ('churn_risk', 'refill_overdue_8_30'), ('churn_risk', 'barrier_price'),
            ('churn_risk', 'barrier_efficacy'), ('churn_risk', 'eng_no_reply'), ('htn_high_risk', 'smoke_current'), ('htn_high_risk', 'ldl_high'),
            ('htn_high_risk', 'fh_early_cvd'), ('htn_high_risk', 'bmi_obese'), ('grp_vip', 'val_high'), ('grp_vip', 'htn_dx'),
            ('grp_vip', 'onfh_arco_1'), ('grp_vip', 'onfh_arco_2'), ('bc_postmenopausal', 'bc_dx')
    ) as combined (tag_id, of_tag)
),

rests as (
    select patient_id, tag_id, event_id, event_at, seen, 0 as preference
    from texts
    union all
    select t.patient_id, r.tag_id, t.event_id, t.event_at, t.seen, 0 as preference
    from texts as t
    join ref.tag_rules as r on r.source = 'text' and r.name = t.tag_id and r.tag_id <> t.tag_id and r.role <> 'none'
    union all
    select f.patient_id, f.tag_id, f.event_id, f.event_at, f.seen, 0 as preference
    from int_tags__fitting as f
    join ref.tag_rules as r on r.rule_no = f.rule_no and r.role <> 'none'
    where f.event_id <> ''
    union all
    select c.patient_id, n.tag_id, c.last_event_id as event_id, cast(case c.last_date when date '9999-12-31' then c.valid_from else c.last_date end as timestamptz) as event_at, 'tag ' || c.tag_id as seen, 4 as preference
    from int_tags__current as c
    join named as n on n.name = c.tag_id
    union all
    select n.patient_id, n.tag_id, n.event_id, e.event_at, e.seen, e.preference
    from needed as n
    join events as e on e.patient_id = n.patient_id and e.event_id = n.event_id
),

given as (
    select r.*
    from rests as r
    semi join int_tags__all as a on a.patient_id = r.patient_id and a.tag_id = r.tag_id
    qualify r.event_id = '' or rank() over (partition by r.patient_id, r.tag_id, r.event_id order by r.preference) = 1
)

select
    patient_id,
    tag_id,
    event_id,
    seen,
    max(event_at) as event_at,
    row_number() over (partition by patient_id, tag_id order by max(event_at) desc, event_id desc, seen) as evidence_no
from given
group by patient_id, tag_id, event_id, seen
qualify evidence_no <= 5
