-- Two keys that belong to one person, and the event that proves it.
create table lake.links (
    topic varchar,
    partition integer,
    "offset" bigint,
    event_id varchar,
    event_at timestamptz,
    patient_key varchar,
    line_code varchar,
    source varchar,
    ordinal integer,
    kind varchar,
    linked_key varchar,
    linked_kind varchar
);
