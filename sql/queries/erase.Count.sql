-- Rows of each lake table, and how many of them are of these keys, up to a moment.
-- $keys: patient keys joined by ";"; $until: Unix microseconds; rows of then or later are not theirs to count
with wanted as (
    select unnest(string_split($keys, ';')) as patient_key
),

counted as (
    select 'chats' as table_name, patient_key, event_at from lake.chats
    union all select 'findings', patient_key, event_at from lake.findings
    union all select 'prescriptions', patient_key, event_at from lake.prescriptions
    union all select 'activities', patient_key, event_at from lake.activities
    union all select 'measurements', patient_key, event_at from lake.measurements
    union all select 'links', case when patient_key in (from wanted) then patient_key else linked_key end, event_at from lake.links
    union all select 'deadletters', patient_key, event_at from lake.deadletters
)

select
    table_name,
    count(*) as row_count,
    count(*) filter (where patient_key in (from wanted) and epoch_us(event_at) < $until) as person_count
from counted
group by table_name
order by table_name
