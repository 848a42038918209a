-- The tag catalogue with the number of patients who carry each tag now.
select
    tag_id,
    name_zh,
    family,
    line_code,
    coalesce(rule, '') as rule,
    cast(coalesce(patient_count, 0) as bigint) as patient_count,
    bit_word,
    bit_value
from dim_tags
order by family, patient_count desc, tag_id
