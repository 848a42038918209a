-- The catalogue of tags in the order of its file; of the tags of one excl_group a patient has at most one.
create table ref.tags (
    tag_id varchar, name_zh varchar, family varchar, line_code varchar, source varchar, rule varchar,
    excl_group varchar, ttl_days integer, wecom_push varchar, is_executable boolean, tag_no integer, catalogue_version varchar
);
