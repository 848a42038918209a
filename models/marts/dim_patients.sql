-- One row for every person of whom the lake holds a key. patient_id is the smallest of the person's keys, so
-- a link that is learnt later can give two persons one id.
-- grain: patient_id
-- inputs: int_patients__profile, int_patients__stages, int_patients__therapy, fct_patient_tags
-- by: patient_id
-- patient_id: the person
-- line_code: line of disease with most of the person's events, ties by code; empty when no event says
-- sex: male, female or empty
-- birth_year: as last stated; empty when unknown or implausible
-- age: years, year of the business day less birth year
-- city_tier: 1, 2, 3 or empty
-- first_channel: channel of the first lead or friend event, else of the first activity with one
-- owner_staff_id: care worker who looks after the person, empty when nobody does
-- stage_code: service stage on the business day, one of the stages of the line
-- first_contact_at: first event of the person
-- last_contact_at: newest event of the person
-- key_count: keys that are this person
-- has_service_consent: the newest record for the purpose service grants consent
-- has_do_not_contact: asked not to be contacted, or removed the care worker
-- withheld_reason: why the person is on no list that leaves the system, the first that holds: no_consent (no service consent),
--   do_not_contact (asked not to be contacted, or removed the care worker), minor (under 18), contact_cap (as many approaches
--   as the caps allow), no_friend (no care worker); empty when the person may be contacted
-- last_covered_date: last day that the shifted supply of any medicine reaches; empty without a fill
-- tags: ids of the tags that hold, sorted
-- tag_count: how many tags hold
with tagged as (
    select
        patient_id,
        list(tag_id order by tag_id) as tags,
        count(*) as tag_count,
        max(case when tag_id = 'age_minor' then 1 else 0 end) = 1 as is_minor,
        max(case when tag_id = 'contact_cap' then 1 else 0 end) = 1 as is_at_cap
    from fct_patient_tags
    group by patient_id
)

select
    p.patient_id,
    p.line_code,
    p.sex,
    p.birth_year,
    p.age,
    p.city_tier,
    p.first_channel,
    p.owner_staff_id,
    g.stage_code,
    p.first_contact_at,
    p.last_contact_at,
    p.key_count,
    g.has_service_consent,
    g.has_do_not_contact,
    case
        when not coalesce(g.has_service_consent, false) then 'no_consent'
        when coalesce(g.has_do_not_contact, false) then 'do_not_contact'
        when coalesce(p.age < 18, false) or coalesce(k.is_minor, false) then 'minor'
        when coalesce(k.is_at_cap, false) then 'contact_cap'
        when coalesce(p.owner_staff_id, '') = '' then 'no_friend'
        else ''
    end as withheld_reason,
    t.last_covered_date,
    coalesce(k.tags, cast([] as varchar[])) as tags,
    cast(coalesce(k.tag_count, 0) as integer) as tag_count
from int_patients__profile as p
join int_patients__stages as g on g.patient_id = p.patient_id
left join int_patients__therapy as t on t.patient_id = p.patient_id
left join tagged as k on k.patient_id = p.patient_id
order by p.patient_id
