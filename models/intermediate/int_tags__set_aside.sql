-- Findings that do not count for a tag because of what stands around them:
-- an own change of dose that a care worker spoke of in one of the five messages before; a worry about side effects in a
-- message that reports one; a wish for a report to be read without a picture or file within ten minutes; a disease of a
-- relative who is none of the first degree; numbness that is not of the feet; a disease that a code of its line confirms.
-- grain: tag_id, patient_id, source, event_id, concept
-- inputs: int_findings__statements, int_findings__answers, int_chats__messages, int_patients__diagnoses
-- by: patient_id
with findings as (
    select patient_id, source, event_id, concept, status, subject, speaker, mention from int_findings__statements
    union all
    select patient_id, source, event_id, concept, status, subject, speaker, mention from int_findings__answers
),

doses as (
    select distinct patient_id, source, event_id, speaker
    from findings
    where concept in ('dose_reduced', 'dose_increased')
),

turns as (
    select
        m.patient_id,
        m.source,
        m.event_id,
        max(case when d.speaker = 'staff' then 1 else 0 end) over (
            partition by m.patient_id, m.source, m.room_key order by m.event_at, m."offset", m.event_id
            rows between 5 preceding and 1 preceding
        ) as is_instructed
    from int_chats__messages as m
    left join doses as d on d.patient_id = m.patient_id and d.source = m.source and d.event_id = m.event_id and d.speaker = 'staff'
    where m.patient_id in (select patient_id from findings where concept in ('dose_reduced', 'dose_increased'))
),

reports as (
    select distinct f.source, f.event_id, f.concept, m.patient_id, m.event_at
    from findings as f
    join int_chats__messages as m on m.patient_id = f.patient_id and m.source = f.source and m.event_id = f.event_id
    where f.concept = 'report_read' and f.speaker = 'patient'
),

pictures as (
    select patient_id, event_at
    from int_chats__messages
    where msg_type in ('image', 'file') and speaker = 'patient'
),

-- Relatives that a message names: of the first degree, or any.
kin as (
    select
        patient_id,
        source,
        event_id,
        bool_or(concept in ('mother', 'father', 'sibling', 'child')) as is_near
    from findings
    where concept in ('mother', 'father', 'sibling', 'child', 'spouse', 'parent_in_law', 'grandparent', 'aunt', 'friend_person')
    group by patient_id, source, event_id
),

histories (tag_id, concept) as (
    values
        ('fh_htn', 'hypertension'), ('fh_htn', 'htn_1'), ('fh_htn', 'htn_2'), ('fh_htn', 'htn_3'),
        ('fh_dm', 'diabetes'), ('fh_dm', 'dm_1'), ('fh_dm', 'dm_2'),
        ('fh_breast_cancer', 'breast_cancer'), ('fh_breast_cancer', 'ovarian_cancer')
),

line_words (line_code, word) as (
    values
        ('htn', 'hypertension'), ('htn', 'htn_'), ('dm', 'diabetes'), ('dm', 'dm_'), ('bc', 'breast_cancer'), ('bc', 'bc_'),
        ('onfh', 'onfh'), ('onfh', 'arco_'), ('onfh', 'bilateral_hip')
)

select 'dose_self_adjusted' as tag_id, d.patient_id, d.source, d.event_id, f.concept
from turns as t
join doses as d on d.patient_id = t.patient_id and d.source = t.source and d.event_id = t.event_id and d.speaker = 'patient'
join findings as f
    on f.patient_id = d.patient_id and f.source = d.source and f.event_id = d.event_id and f.concept in ('dose_reduced', 'dose_increased')
where t.is_instructed = 1
union
select 'barrier_side_effect', f.patient_id, f.source, f.event_id, f.concept
from findings as f
join findings as r
    on r.patient_id = f.patient_id and r.source = f.source and r.event_id = f.event_id
    and r.concept = 'suspected_reaction' and r.status = 'present' and r.subject = 'self'
where f.concept in ('side_effect', 'ask_side_effect')
union
select 'need_report_read', r.patient_id, r.source, r.event_id, r.concept
from reports as r
where not exists (
    select 1
    from pictures as p
    where p.patient_id = r.patient_id
        and p.event_at >= r.event_at - interval 10 minute and p.event_at <= r.event_at + interval 10 minute
)
union
select h.tag_id, f.patient_id, f.source, f.event_id, f.concept
from findings as f
join histories as h on h.concept = f.concept
join kin as k on k.patient_id = f.patient_id and k.source = f.source and k.event_id = f.event_id
where f.subject = 'relative' and not k.is_near
union
select 'dm_foot_risk', f.patient_id, f.source, f.event_id, f.concept
from findings as f
where f.concept = 'numbness'
group by f.patient_id, f.source, f.event_id, f.concept
having not bool_or(f.mention like '%脚%' or f.mention like '%足%' or f.mention like '%趾%')
union
select 'dx_unconfirmed', f.patient_id, f.source, f.event_id, f.concept
from findings as f
join line_words as w on starts_with(f.concept, w.word)
join int_patients__diagnoses as d on d.patient_id = f.patient_id and d.line_code = w.line_code
