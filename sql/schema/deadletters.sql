-- One record that could not become an event; the payload is sealed with the data key.
create table lake.deadletters (
    topic varchar,
    partition integer,
    "offset" bigint,
    event_id varchar,
    event_at timestamptz,
    patient_key varchar,
    line_code varchar,
    source varchar,
    reason varchar,
    field varchar,
    detail varchar,
    payload blob
);
