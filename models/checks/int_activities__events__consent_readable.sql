-- A record of consent that does not say whether it is granted; it is not counted. Ask the source to send granted.
-- severity: warn
-- denominator: select count(*) from int_activities__events where activity_type = 'consent'
-- inputs: int_activities__events
select source, event_id
from int_activities__events
where activity_type = 'consent' and coalesce(json_extract_string(attributes, '$.granted'), '') not in ('true', 'false')
