-- One concept that a message mentions, with its status and place in the text.
create table lake.findings (
    topic varchar,
    partition integer,
    "offset" bigint,
    event_id varchar,
    event_at timestamptz,
    patient_key varchar,
    line_code varchar,
    source varchar,
    ordinal integer,
    concept varchar,
    kind varchar,
    status varchar,
    subject varchar,
    speaker varchar,
    mention varchar,
    start_char integer,
    end_char integer,
    rule_id varchar
);
