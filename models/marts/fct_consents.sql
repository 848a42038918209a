-- What a patient consented to over time: spans for each purpose, one after the other without a gap. A record that
-- only repeats the one before opens no span. A withdrawal or refusal that the patient writes in a chat counts as a record.
-- grain: patient_id, purpose, valid_from
-- inputs: int_activities__events, int_findings__statements, ref.settings
-- by: patient_id
-- due: select patient_id from int_activities__events
--    where activity_type = 'consent' and try_cast(left(json_extract_string(attributes, '$.due_at'), 10) as date) between $last and $day
-- patient_id: the person
-- purpose: what for: service, marketing, research, archive (of chats), contact, …; a record without one is for the service
-- valid_from: when the span began
-- valid_to: when it ended, empty for the one of now
-- state: granted, default (WeCom's Default_Agree: nobody was asked), withdrawn (also refused from the start) or expired
-- is_current: whether the span is that of the business day
-- source: where the event comes from
-- event_id: the record or message that began the span; for expired the record whose time ran out
with records as (
    select
        patient_id,
        coalesce(nullif(lower(json_extract_string(attributes, '$.purpose')), ''), 'service') as purpose,
        case
            when lower(json_extract_string(attributes, '$.granted')) <> 'true' then 'withdrawn'
            when json_extract_string(attributes, '$.reason') = 'default' then 'default'
            else 'granted'
        end as state,
        try_cast(left(json_extract_string(attributes, '$.due_at'), 10) as date) as last_date,
        event_at,
        source,
        event_id
    from int_activities__events
    where activity_type = 'consent' and json_extract_string(attributes, '$.granted') is not null
    union all
    select
        patient_id,
        case concept when 'archive_refuse' then 'archive' else 'service' end as purpose,
        'withdrawn' as state,
        null as last_date,
        event_at,
        source,
        event_id
    from int_findings__statements
    where concept in ('withdraw_consent', 'archive_refuse') and status = 'present' and speaker = 'patient' and subject = 'self'
),

-- Of records of the same moment the last decides.
ordered as (
    select
        *,
        lead(event_at) over (partition by patient_id, purpose order by event_at) as next_at
    from (
        select *
        from records
        qualify row_number() over (partition by patient_id, purpose, event_at order by event_id desc, source desc) = 1
    ) as single
),

turns as (
    select patient_id, purpose, state, event_at as valid_from, source, event_id
    from ordered
    union all
    select o.patient_id, o.purpose, 'expired' as state, greatest(day_end(o.last_date), o.event_at + interval 1 second) as valid_from, o.source, o.event_id
    from ordered as o
    join ref.settings as s on o.last_date < s.as_of
    where o.state in ('granted', 'default') and (o.next_at is null or greatest(day_end(o.last_date), o.event_at + interval 1 second) < o.next_at)
),

changes as (
    select
        *,
        lag(state) over (partition by patient_id, purpose order by valid_from) as state_before
    from turns
    qualify state_before is null or state_before <> state
)

select
    patient_id,
    purpose,
    valid_from,
    lead(valid_from) over (partition by patient_id, purpose order by valid_from) as valid_to,
    state,
    lead(valid_from) over (partition by patient_id, purpose order by valid_from) is null as is_current,
    source,
    event_id
from changes
order by patient_id, purpose, valid_from
