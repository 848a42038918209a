-- What happened to one person, newest first.
-- $patient: patient_id; $kind: filter, '' for all; $limit, $offset: the page
select
    strftime(timezone('Asia/Shanghai', event_at), '%Y-%m-%d %H:%M') as happened_at,
    kind,
    coalesce(title, '') as title,
    coalesce(detail, '') as detail,
    coalesce(staff_id, '') as staff_id,
    count(*) over () as total
from fct_timeline
where patient_id = $patient and ($kind = '' or kind = $kind)
order by event_at desc, event_id, ordinal
limit $limit offset $offset
