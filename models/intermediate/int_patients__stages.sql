-- The service stage of every person on the business day, the first of these rules that fits:
-- exit (died or left the programme); winback (no medicine for more than 60 days, or silent for more than 60
-- days after being a friend or a buyer, and may be contacted); intervene (on therapy and 8 to 60 days without
-- medicine or with low adherence, or stopped and not to be contacted); initiate, consolidate, maintain (first
-- fill up to 30, 31 to 90, more than 90 days ago); onboard (friend up to 14 days); nurture (friend for
-- longer); lead.
-- grain: patient_id
-- inputs: int_patients__profile, int_patients__therapy, int_patients__exits, int_patients__relations,
--    int_patients__contacts, int_tags__adherence, int_tags__consents, int_tags__findings, ref.settings
with flags as (
    select
        patient_id,
        bool_or(tag_id = 'consent_ok') as has_service_consent,
        bool_or(tag_id = 'dnc') as has_do_not_contact,
        bool_or(tag_id = 'adh_low') as is_low
    from (
        select patient_id, tag_id from int_tags__consents
        union all
        select patient_id, tag_id from int_tags__adherence
        union all
        select patient_id, tag_id from int_tags__findings
    )
    group by patient_id
),

states as (
    select
        p.patient_id,
        coalesce(f.has_service_consent, false) as has_service_consent,
        coalesce(f.has_do_not_contact, false) as has_do_not_contact,
        coalesce(f.is_low, false) as is_low,
        x.patient_id is not null as is_gone,
        t.patient_id is not null as is_buyer,
        coalesce(r.is_friend, false) as is_friend,
        t.uncovered_days,
        s.as_of - t.first_fill_date as therapy_days,
        s.as_of - r.first_friend_date as friend_days,
        s.as_of - c.last_own_date as silent_days
    from int_patients__profile as p
    cross join ref.settings as s
    left join flags as f on f.patient_id = p.patient_id
    left join int_patients__exits as x on x.patient_id = p.patient_id
    left join int_patients__therapy as t on t.patient_id = p.patient_id
    left join int_patients__relations as r on r.patient_id = p.patient_id
    left join int_patients__contacts as c on c.patient_id = p.patient_id
)

select
    patient_id,
    has_service_consent,
    has_do_not_contact,
    case
        when is_gone then 'exit'
        when (uncovered_days > 60 or (silent_days > 60 and (is_friend or is_buyer)))
            and has_service_consent and not has_do_not_contact then 'winback'
        when is_buyer and (uncovered_days > 7 or is_low) then 'intervene'
        when is_buyer and therapy_days <= 30 then 'initiate'
        when is_buyer and therapy_days <= 90 then 'consolidate'
        when is_buyer then 'maintain'
        when is_friend and friend_days <= 14 then 'onboard'
        when is_friend then 'nurture'
        else 'lead'
    end as stage_code
from states
