-- Tags of consent and contact: the newest record decides, and a withdrawal or refusal that the patient writes after it counts
-- as one; without a record of the purpose service consent is missing. Do not disturb: contact refused, or the patient removed the care worker. The cap counts
-- messages of staff and robots with no message of the patient in the 24 hours before.
-- grain: patient_id, tag_id
-- inputs: int_patients__profile, int_patients__consents, int_findings__statements, int_patients__relations, int_patients__approaches
-- by: patient_id
-- gives: consent_ok, consent_missing, consent_withdrawn, archive_agree, archive_disagree, dnc, contact_cap
with said as (
    select
        patient_id,
        case concept when 'archive_refuse' then 'archive' else 'service' end as purpose,
        false as is_granted,
        event_date,
        event_at,
        event_id
    from int_findings__statements
    where concept in ('withdraw_consent', 'archive_refuse') and status = 'present' and speaker = 'patient' and subject = 'self'
),

records as (
    select patient_id, purpose, is_granted, event_date, event_id, record_count, 0 as said_no
    from int_patients__consents
    union all
    select d.patient_id, d.purpose, d.is_granted, d.event_date, d.event_id, 1 as record_count, 1 as said_no
    from said as d
    left join int_patients__consents as c on c.patient_id = d.patient_id and c.purpose = d.purpose
    where c.patient_id is null or d.event_date >= c.event_date
    qualify row_number() over (partition by d.patient_id, d.purpose order by d.event_at desc, d.event_id desc) = 1
),

newest as (
    select *
    from records
    qualify row_number() over (partition by patient_id, purpose order by said_no desc) = 1
),

services as (
    select
        p.patient_id,
        case when c.is_granted is null then 'consent_missing' when c.is_granted then 'consent_ok' else 'consent_withdrawn' end as tag_id,
        coalesce(c.event_date, local_date(p.first_contact_at)) as valid_from,
        coalesce(c.record_count, 1) as evidence_count,
        coalesce(c.event_id, '') as last_event_id
    from int_patients__profile as p
    left join newest as c on c.patient_id = p.patient_id and c.purpose = 'service'
),

archives as (
    select
        patient_id,
        case when is_granted then 'archive_agree' else 'archive_disagree' end as tag_id,
        event_date as valid_from,
        record_count as evidence_count,
        event_id as last_event_id
    from newest
    where purpose = 'archive'
),

refusals as (
    select patient_id, event_date as valid_from, event_id as last_event_id
    from int_patients__consents
    where purpose in ('contact', 'marketing') and not is_granted
    union all
    select patient_id, last_move_date as valid_from, last_event_id
    from int_patients__relations
    where is_unfriended
),

tagged as (
    select * from services
    union all
    select * from archives
    union all
    select patient_id, 'dnc' as tag_id, min(valid_from) as valid_from, count(*) as evidence_count, max(last_event_id) as last_event_id
    from refusals
    group by patient_id
    union all
    select patient_id, 'contact_cap' as tag_id, last_date as valid_from, month_count as evidence_count, last_event_id
    from int_patients__approaches
    where week_count >= 4 or month_count >= 8
)

select
    t.patient_id,
    t.tag_id,
    t.valid_from,
    date '9999-12-31' as last_date,
    t.evidence_count,
    t.last_event_id,
    1.0 as confidence
from tagged as t
