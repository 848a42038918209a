-- The place of each tag in the tag_bits of dim_segment_people: 62 tags to a number, in the order of the catalogue.
-- grain: tag_id
-- inputs: ref.tags
with numbered as (
    select tag_id, row_number() over (order by tag_no, tag_id) - 1 as place
    from ref.tags
)

select
    tag_id,
    cast(floor(place / 62.0) as integer) as bit_word,
    cast(power(2, mod(place, 62)) as bigint) as bit_value
from numbered
