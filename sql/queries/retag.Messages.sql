-- Every stored text, to be read again.
select topic, cast(partition as varchar), cast("offset" as varchar), event_id, speaker, text
from lake.chats
where text <> ''
