-- One person. No row when there is no such id.
-- $patient: patient_id
select
    patient_id,
    coalesce(line_code, '') as line_code,
    coalesce(sex, '') as sex,
    cast(age as bigint) as age,
    cast(birth_year as bigint) as birth_year,
    coalesce(city_tier, '') as city_tier,
    coalesce(first_channel, '') as first_channel,
    coalesce(owner_staff_id, '') as owner_staff_id,
    coalesce(stage_code, '') as stage_code,
    coalesce(strftime(timezone('Asia/Shanghai', first_contact_at), '%Y-%m-%d'), '') as first_contact_date,
    coalesce(strftime(timezone('Asia/Shanghai', last_contact_at), '%Y-%m-%d'), '') as last_contact_date,
    cast(coalesce(key_count, 0) as bigint) as key_count,
    coalesce(has_service_consent, false) as has_service_consent,
    coalesce(has_do_not_contact, false) as has_do_not_contact,
    coalesce(cast(last_covered_date as varchar), '') as last_covered_date,
    cast(last_covered_date - (select as_of from meta.builds) as bigint) as days_left
from dim_patients
where patient_id = $patient
