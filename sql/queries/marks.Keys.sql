-- The WeCom account under which each person was seen last. Where no link tells what an identifier is, it may be one: the
-- vault knows when it is opened.
select
    patient_id,
    max_by(patient_key, (kind = 'wecom', last_seen_at, patient_key)) as patient_key
from dim_patient_keys
where kind in ('wecom', '')
group by patient_id
