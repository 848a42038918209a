-- Messages that were withdrawn, with the person of the message; it does not matter whose record withdraws it. Of a
-- message that is not there yet nobody is the person.
-- grain: source, event_id
-- inputs: stg_chats__messages, int_identity__components
-- compared: patient_id
select
    r.source,
    r.recalls as event_id,
    coalesce(min(k.patient_id), '') as patient_id
from stg_chats__messages as r
left join stg_chats__messages as m on m.source = r.source and m.event_id = r.recalls
left join int_identity__components as k on k.patient_key = m.patient_key
where r.recalls <> ''
group by r.source, r.recalls
