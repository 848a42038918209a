-- One thing that a patient or a care worker did; attributes is a JSON object of strings.
create table lake.activities (
    topic varchar,
    partition integer,
    "offset" bigint,
    event_id varchar,
    event_at timestamptz,
    patient_key varchar,
    line_code varchar,
    source varchar,
    activity_type varchar,
    staff_id varchar,
    channel varchar,
    campaign varchar,
    attributes varchar
);
