-- People who consented and did not ask to be left alone, but must not be contacted all the same: under 18, approached as
-- often as the caps allow, or without a care worker who is their friend; the first that holds.
select
    patient_id,
    case
        when coalesce(age < 18, false) or list_contains(coalesce(tags, []), 'age_minor') then 'minor'
        when list_contains(coalesce(tags, []), 'contact_cap') then 'contact_cap'
        else 'no_friend'
    end as withheld
from dim_patients
where coalesce(has_service_consent, false) and not coalesce(has_do_not_contact, false)
    and (
        coalesce(age < 18, false) or coalesce(owner_staff_id, '') = ''
        or list_has_any(coalesce(tags, []), ['age_minor', 'contact_cap'])
    )
