-- One number with its unit, from a message or an activity.
create table lake.measurements (
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
    value double,
    unit varchar,
    context varchar,
    via varchar
);
