-- How many patients the care team can reach: consent, friendship and activity against each other, by line and stage. Reach is
-- the sum of patient_count where is_reachable / the sum of patient_count of patients who are enrolled (is_friend or is_buyer).
-- grain: line_code, stage_code, has_service_consent, is_friend, is_active, has_do_not_contact, is_capped, is_buyer
-- inputs: dim_patients, int_patients__relations, int_patients__contacts, int_patients__approaches, ref.settings
-- line_code: line of disease
-- stage_code: service stage on the business day
-- has_service_consent: the newest record for the purpose service grants consent
-- is_friend: is a friend of a care worker
-- is_active: did something of their own in the last 30 days
-- has_do_not_contact: asked not to be contacted, or removed the care worker
-- is_capped: has been approached as often as the caps allow
-- is_buyer: has ever filled
-- patient_count: patients
-- is_reachable: consent, a friend, no wish against it and not gone; the cap passes and does not count
with states as (
    select
        p.line_code,
        p.stage_code,
        p.has_service_consent,
        coalesce(r.is_friend, false) as is_friend,
        coalesce(c.last_own_date > s.as_of - 30, false) as is_active,
        p.has_do_not_contact,
        coalesce(a.week_count >= 4 or a.month_count >= 8, false) as is_capped,
        p.last_covered_date is not null as is_buyer
    from dim_patients as p
    cross join ref.settings as s
    left join int_patients__relations as r on r.patient_id = p.patient_id
    left join int_patients__contacts as c on c.patient_id = p.patient_id
    left join int_patients__approaches as a on a.patient_id = p.patient_id
)

select
    line_code,
    stage_code,
    has_service_consent,
    is_friend,
    is_active,
    has_do_not_contact,
    is_capped,
    is_buyer,
    count(*) as patient_count,
    bool_and(has_service_consent and is_friend and not has_do_not_contact and stage_code <> 'exit') as is_reachable
from states
group by line_code, stage_code, has_service_consent, is_friend, is_active, has_do_not_contact, is_capped, is_buyer
order by line_code, stage_code, has_service_consent, is_friend, is_active, has_do_not_contact, is_capped, is_buyer
