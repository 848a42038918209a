-- Which findings in text give which tag: an empty word matches everything.
create table ref.tag_concepts (
    tag_id varchar, concept varchar, kind varchar, status varchar, speaker varchar, subject varchar,
    window_days integer, min_count integer, min_days integer
);
