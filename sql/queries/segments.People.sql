-- What a list of people says of each, in its order: who is longest without medicine comes first.
-- $ids: the people, joined by ;
select
    patient_id,
    line_code,
    stage_code,
    coalesce(owner_staff_id, '') as owner_staff_id,
    coalesce(array_to_string(tags, ','), '') as tags,
    coalesce(strftime(timezone('Asia/Shanghai', last_contact_at), '%Y-%m-%d'), '') as last_contact,
    coalesce(cast(last_covered_date as varchar), '') as last_covered_date,
    withheld_reason
from dim_patients
where patient_id in (select unnest(string_split($ids, ';')))
order by dim_patients.last_covered_date nulls last, patient_id
