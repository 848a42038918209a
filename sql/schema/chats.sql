-- One message between a patient and the care team, identifiers in the text replaced.
create table lake.chats (
    topic varchar,
    partition integer,
    "offset" bigint,
    event_id varchar,
    event_at timestamptz,
    patient_key varchar,
    line_code varchar,
    source varchar,
    speaker varchar,
    staff_id varchar,
    room_key varchar,
    msg_type varchar,
    text varchar,
    recalls varchar,
    redacted_count integer
);
