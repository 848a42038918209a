-- What a tag means.
-- $tag: id of the tag
select tag_id, name_zh, family, line_code, source, rule, excl_group, cast(ttl_days as bigint) as ttl_days, wecom_push, is_executable
from dim_tags
where tag_id = $tag
