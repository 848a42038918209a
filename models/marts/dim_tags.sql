-- The catalogue of tags with how many patients have each on the business day.
-- grain: tag_id
-- inputs: ref.tags, fct_patient_tags, dim_patients, int_tags__bits
-- tag_id: id of the tag
-- name_zh: Chinese name
-- family: family of tags
-- line_code: line of disease, or all
-- source: what the rule looks at: chat, prescription, activity, measurement, profile
-- rule: the rule in words
-- excl_group: of the tags of one group a patient has at most one
-- ttl_days: days that a tag lasts without new evidence; 0 until contradicted
-- wecom_push: yes, code (a neutral code is pushed) or no
-- is_executable: whether a rule gives the tag
-- catalogue_version: version of the catalogue, as phdp tags check prints it
-- bit_word: the number of dim_segment_people in which the tag is a bit: 0 for tag_bits_0
-- bit_value: the bit of the tag there, a power of 2
-- patient_count: patients with the tag
-- coverage_ratio: patient_count / all patients, 0 to 1
with tagged as (
    select tag_id, count(*) as patient_count
    from fct_patient_tags
    group by tag_id
)

select
    t.tag_id,
    t.name_zh,
    t.family,
    t.line_code,
    t.source,
    t.rule,
    t.excl_group,
    t.ttl_days,
    t.wecom_push,
    t.is_executable,
    t.catalogue_version,
    b.bit_word,
    b.bit_value,
    coalesce(g.patient_count, 0) as patient_count,
    coalesce(coalesce(g.patient_count, 0) / nullif((select count(*) from dim_patients), 0), 0) as coverage_ratio
from ref.tags as t
join int_tags__bits as b on b.tag_id = t.tag_id
left join tagged as g on g.tag_id = t.tag_id
order by t.tag_id
