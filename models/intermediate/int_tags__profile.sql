-- Tags of who a patient is: age, sex, city, where they came from, which systems know them, how much of the profile is
-- filled in, ten fields for each line. They hold since the patient is known, an age since the year that reaches it. A system counts when a link with a confidence of 0.95 leads to its key.
-- grain: patient_id, tag_id
-- inputs: int_patients__profile, int_activities__events, int_activities__attributes, int_measurements__readings, int_fills__accepted, int_identity__components,
--    int_identity__conflicts, stg_identity__links
-- by: patient_id
-- view: one reader
-- gives: age_minor, age_18_34, age_35_49, age_50_64, age_65_plus, age_unknown, sex_male, sex_female, sex_unknown,
--    city_tier_1, city_tier_2, city_tier_3plus, src_doctor_qr, src_public_ecom, src_acq_link, src_group, src_referral, src_unknown,
--    identity_linked_2plus, identity_conflict, caregiver_contact, profile_incomplete
with age_bands (tag_id, from_age, to_age) as (
    values
        ('age_minor', 0, 17), ('age_18_34', 18, 34), ('age_35_49', 35, 49), ('age_50_64', 50, 64), ('age_65_plus', 65, 110)
),

-- The ways of adding a friend in WeCom; 1 is a QR code, the doctors' codes have a state that starts with dr_.
ways (tag_id, add_way, state_prefix) as (
    values
        ('src_doctor_qr', '1', 'dr_'), ('src_acq_link', '16', ''), ('src_group', '4', ''),
        ('src_referral', '3', ''), ('src_referral', '201', '')
),

channels (tag_id, channel) as (
    values
        ('src_doctor_qr', 'doctor_qr'), ('src_public_ecom', 'public_ecom'), ('src_acq_link', 'acq_link'),
        ('src_group', 'group'), ('src_referral', 'referral')
),

first_adds as (
    select
        patient_id,
        min(event_at) as added_at,
        min_by(json_extract_string(attributes, '$.add_way'), (event_at, event_id)) as add_way,
        coalesce(min_by(json_extract_string(attributes, '$.state'), (event_at, event_id)), '') as state
    from int_activities__events
    where activity_type = 'add_friend'
    group by patient_id
),

public_orders as (
    select patient_id, min(event_at) as ordered_at
    from int_fills__accepted
    where channel in ('youzan', 'jd', 'taobao')
    group by patient_id
),

sources as (
    select
        p.patient_id,
        case
            when o.ordered_at <= coalesce(a.added_at, p.first_contact_at) then 'src_public_ecom'
            else coalesce(w.tag_id, c.tag_id, 'src_unknown')
        end as tag_id
    from int_patients__profile as p
    left join first_adds as a on a.patient_id = p.patient_id
    left join public_orders as o on o.patient_id = p.patient_id
    left join ways as w on w.add_way = a.add_way and starts_with(a.state, w.state_prefix)
    left join channels as c on c.channel = p.first_channel
),

-- Kinds of keys that are accounts of one system; a phone or a device is no system, any other kind is one.
account_kinds (kind, system) as (
    values ('wecom', 'wechat'), ('unionid', 'wechat'), ('openid', 'wechat'), ('jd_pin', 'jd'), ('oaid', 'taobao'),
        ('phone', ''), ('device', ''), ('email', ''), ('', '')
),

sure_keys as (
    select patient_key from stg_identity__links where confidence >= 0.95
    union
    select linked_key as patient_key from stg_identity__links where confidence >= 0.95
),

linked as (
    select c.patient_id
    from int_identity__components as c
    semi join sure_keys as k on k.patient_key = c.patient_key
    left join account_kinds as a on a.kind = c.kind
    where coalesce(a.system, c.kind) <> ''
    group by c.patient_id
    having count(distinct coalesce(a.system, c.kind)) >= 2
),

-- What a profile has to tell: eight fields of all, two by the line; a field is an attribute of a form or a measurement.
required (line_code, name) as (
    values
        ('', 'sex'), ('', 'birth_year'), ('', 'city_tier'), ('', 'relation'), ('', 'smoking'), ('', 'alcohol'), ('', 'family_history'),
        ('', 'allergy'), ('onfh', 'stage'), ('onfh', 'cause'), ('bc', 'stage'), ('bc', 'receptor'),
        ('htn', 'stage'), ('htn', 'weight'), ('dm', 'stage'), ('dm', 'weight')
),

fields as (
    select patient_id, name from int_activities__attributes where name in (select name from required)
    union
    select patient_id, kind from int_measurements__readings where kind in (select name from required)
),

found as (
    select p.patient_id, count(*) as field_count
    from fields as f
    join int_patients__profile as p on p.patient_id = f.patient_id
    join required as r on r.name = f.name and r.line_code in ('', p.line_code)
    group by p.patient_id
),

filled as (
    select
        p.patient_id,
        coalesce(f.field_count, 0) as field_count,
        (select count(*) from required where line_code = '') + coalesce(l.field_count, 0) as required_count
    from int_patients__profile as p
    left join found as f on f.patient_id = p.patient_id
    left join (select line_code, count(*) as field_count from required where line_code <> '' group by line_code) as l on l.line_code = p.line_code
),

tagged as (
    select p.patient_id, coalesce(b.tag_id, 'age_unknown') as tag_id, make_date(p.birth_year + b.from_age, 1, 1) as reached_date
    from int_patients__profile as p
    left join age_bands as b on p.age between b.from_age and b.to_age
    union all
    select patient_id, 'sex_' || coalesce(nullif(sex, ''), 'unknown'), null
    from int_patients__profile
    union all
    select patient_id, case city_tier when '3' then 'city_tier_3plus' else 'city_tier_' || city_tier end, null
    from int_patients__profile
    where city_tier <> ''
    union all
    select patient_id, tag_id, null
    from sources
    union all
    select patient_id, 'identity_linked_2plus', null
    from linked
    union all
    select distinct patient_id, 'identity_conflict', null
    from int_identity__conflicts
    where kind in ('phone', 'unionid') or reason in ('sex_differs', 'birth_year_differs')
    union all
    select patient_id, 'profile_incomplete', null
    from filled
    where field_count < 0.6 * required_count
    union all
    select patient_id, 'caregiver_contact', null
    from int_activities__attributes
    where name = 'relation' and value not in ('self', '本人')
)

select
    t.patient_id,
    t.tag_id,
    greatest(local_date(p.first_contact_at), coalesce(t.reached_date, local_date(p.first_contact_at))) as valid_from,
    date '9999-12-31' as last_date,
    1 as evidence_count,
    '' as last_event_id,
    1.0 as confidence
from tagged as t
join int_patients__profile as p on p.patient_id = t.patient_id
