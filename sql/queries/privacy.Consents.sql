-- What a person consented to over time, as fct_consents has it, but from the lake as it stands: for each purpose the
-- spans in which it was granted, agreed to by default, withdrawn or expired. A record that only repeats the one before
-- opens no span; a consent without a purpose is one to the service; a withdrawal that the person writes counts, also
-- when the message was recalled.
-- $keys: the person's patient keys joined by ";"
with records as (
    select
        coalesce(nullif(lower(json_extract_string(attributes, '$.purpose')), ''), 'service') as purpose,
        case
            when lower(json_extract_string(attributes, '$.granted')) <> 'true' then 'withdrawn'
            when json_extract_string(attributes, '$.reason') = 'default' then 'default'
            else 'granted'
        end as state,
        try_cast(left(json_extract_string(attributes, '$.due_at'), 10) as date) as last_date,
        event_at,
        event_id
    from lake.activities
    where activity_type = 'consent'
        and json_extract_string(attributes, '$.granted') is not null
        and list_contains(string_split($keys, ';'), patient_key)
    union all
    select
        case concept when 'archive_refuse' then 'archive' else 'service' end as purpose,
        'withdrawn' as state,
        null as last_date,
        event_at,
        event_id
    from lake.findings
    where concept in ('withdraw_consent', 'archive_refuse') and status = 'present' and speaker = 'patient' and subject = 'self'
        and list_contains(string_split($keys, ';'), patient_key)
),

ordered as (
    select
        purpose,
        state,
        event_at,
        timezone('Asia/Shanghai', cast(last_date + 1 as timestamp)) as ends_at,
        lead(event_at) over (partition by purpose order by event_at) as next_at
    from (
        select *
        from records
        qualify row_number() over (partition by purpose, event_at order by event_id desc) = 1
    )
),

turns as (
    select purpose, state, event_at as valid_from from ordered
    union all
    select purpose, 'expired' as state, greatest(ends_at, event_at + interval 1 second) as valid_from
    from ordered
    where state <> 'withdrawn' and ends_at <= now() and (next_at is null or greatest(ends_at, event_at + interval 1 second) < next_at)
),

changes as (
    select purpose, state, valid_from
    from turns
    qualify lag(state) over (partition by purpose order by valid_from) is distinct from state
)

select
    purpose,
    state,
    strftime(timezone('Asia/Shanghai', valid_from), '%Y-%m-%d %H:%M:%S') as valid_from,
    coalesce(strftime(timezone('Asia/Shanghai', lead(valid_from) over (partition by purpose order by valid_from)), '%Y-%m-%d %H:%M:%S'), '') as valid_to
from changes
order by purpose, changes.valid_from
