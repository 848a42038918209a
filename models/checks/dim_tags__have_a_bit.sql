-- Tags of the catalogue for which dim_segment_people has no bit: segments would not find them.
-- severity: error
-- denominator: dim_tags
-- inputs: dim_tags
select tag_id from dim_tags where bit_word > 7
