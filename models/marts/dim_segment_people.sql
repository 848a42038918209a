-- What segments ask of a person, in columns that are quick to compare: the tags that hold as bits of numbers. dim_tags
-- says which bit is which tag: bit_value in the number tag_bits_<bit_word>.
-- grain: patient_id
-- inputs: dim_patients, fct_patient_tags, int_tags__bits
-- by: patient_id
-- patient_id: the person
-- line_code: line of disease; empty when no event says
-- stage_code: service stage on the business day
-- owner_staff_id: care worker who looks after the person, empty when nobody does
-- last_covered_date: last day that the shifted supply of any medicine reaches; empty without a fill
-- first_contact_date: business day of the first event
-- last_contact_date: business day of the newest event
-- age: years, as in dim_patients
-- withheld_reason: as in dim_patients
-- tag_bits_0: tags 1 to 62 of the catalogue
-- tag_bits_1: tags 63 to 124
-- tag_bits_2: tags 125 to 186
-- tag_bits_3: tags 187 to 248
-- tag_bits_4: tags 249 to 310
-- tag_bits_5: tags 311 to 372
-- tag_bits_6: tags 373 to 434
-- tag_bits_7: tags 435 to 496
with bits as (
    select
        t.patient_id,
        cast(sum(case when b.bit_word = 0 then b.bit_value else 0 end) as bigint) as tag_bits_0,
        cast(sum(case when b.bit_word = 1 then b.bit_value else 0 end) as bigint) as tag_bits_1,
        cast(sum(case when b.bit_word = 2 then b.bit_value else 0 end) as bigint) as tag_bits_2,
        cast(sum(case when b.bit_word = 3 then b.bit_value else 0 end) as bigint) as tag_bits_3,
        cast(sum(case when b.bit_word = 4 then b.bit_value else 0 end) as bigint) as tag_bits_4,
        cast(sum(case when b.bit_word = 5 then b.bit_value else 0 end) as bigint) as tag_bits_5,
        cast(sum(case when b.bit_word = 6 then b.bit_value else 0 end) as bigint) as tag_bits_6,
        cast(sum(case when b.bit_word = 7 then b.bit_value else 0 end) as bigint) as tag_bits_7
    from fct_patient_tags as t
    join int_tags__bits as b on b.tag_id = t.tag_id
    group by t.patient_id
)

select
    p.patient_id,
    p.line_code,
    coalesce(p.stage_code, '') as stage_code,
    coalesce(p.owner_staff_id, '') as owner_staff_id,
    p.last_covered_date,
    local_date(p.first_contact_at) as first_contact_date,
    local_date(p.last_contact_at) as last_contact_date,
    p.age,
    p.withheld_reason,
    coalesce(b.tag_bits_0, 0) as tag_bits_0,
    coalesce(b.tag_bits_1, 0) as tag_bits_1,
    coalesce(b.tag_bits_2, 0) as tag_bits_2,
    coalesce(b.tag_bits_3, 0) as tag_bits_3,
    coalesce(b.tag_bits_4, 0) as tag_bits_4,
    coalesce(b.tag_bits_5, 0) as tag_bits_5,
    coalesce(b.tag_bits_6, 0) as tag_bits_6,
    coalesce(b.tag_bits_7, 0) as tag_bits_7
from dim_patients as p
left join bits as b on b.patient_id = p.patient_id
order by p.patient_id
