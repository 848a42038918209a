-- What a person consented to over time: for each purpose the spans in which it was granted or refused. A record
-- that only repeats the one before opens no span; a consent without a purpose is one to the service.
-- $keys: the person's patient keys joined by ";"
with records as (
    select distinct
        coalesce(nullif(lower(json_extract_string(attributes, '$.purpose')), ''), 'service') as purpose,
        lower(json_extract_string(attributes, '$.granted')) = 'true' as is_granted,
        event_at,
        event_id
    from lake.activities
    where activity_type = 'consent'
        and json_extract_string(attributes, '$.granted') is not null
        and list_contains(string_split($keys, ';'), patient_key)
),

changes as (
    select purpose, is_granted, event_at, event_id
    from records
    qualify lag(is_granted) over (partition by purpose order by event_at, event_id) is distinct from is_granted
)

select
    purpose,
    is_granted,
    strftime(timezone('Asia/Shanghai', event_at), '%Y-%m-%d %H:%M:%S') as valid_from,
    coalesce(strftime(timezone('Asia/Shanghai', lead(event_at) over (partition by purpose order by event_at, event_id)), '%Y-%m-%d %H:%M:%S'), '') as valid_to
from changes
order by purpose, event_at, event_id
