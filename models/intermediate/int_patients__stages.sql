-- The service stage and group of every person on the business day: those of the first rule of the line that fits. A
-- person without a line goes by the rules of the first line. Since since_date no event and no number of days in a rule has
-- spoken for another stage.
-- grain: patient_id
-- inputs: int_patients__profile, int_patients__therapy, int_patients__exits, int_patients__relations,
--    int_patients__contacts, int_tags__adherence, int_tags__consents, int_tags__findings, ref.stage_rules, ref.settings
-- by: patient_id
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
        coalesce(nullif(p.line_code, ''), (select min(line_code) from ref.stage_rules), '') as line_code,
        coalesce(f.has_service_consent, false) as has_service_consent,
        coalesce(f.has_do_not_contact, false) as has_do_not_contact,
        coalesce(f.is_low, false) as is_low,
        x.patient_id is not null as is_gone,
        t.patient_id is not null as is_buyer,
        coalesce(r.is_friend, false) as is_friend,
        t.patient_id is not null or coalesce(r.is_friend, false) as is_known,
        t.uncovered_days,
        s.as_of - t.first_fill_date as therapy_days,
        s.as_of - r.first_friend_date as friend_days,
        s.as_of - c.last_own_date as silent_days,
        c.last_date,
        local_date(p.first_contact_at) as known_date,
        s.as_of
    from int_patients__profile as p
    cross join ref.settings as s
    left join flags as f on f.patient_id = p.patient_id
    left join int_patients__exits as x on x.patient_id = p.patient_id
    left join int_patients__therapy as t on t.patient_id = p.patient_id
    left join int_patients__relations as r on r.patient_id = p.patient_id
    left join int_patients__contacts as c on c.patient_id = p.patient_id
),

fitting as (
    select
        s.patient_id,
        min_by(r.code, r.rule_no) filter (where r.rule_kind = 'stage') as stage_code,
        min_by(r.code, r.rule_no) filter (where r.rule_kind = 'group') as group_code
    from states as s
    join ref.stage_rules as r
        on r.line_code = s.line_code
        and holds(r.is_gone, s.is_gone) and holds(r.is_buyer, s.is_buyer) and holds(r.is_friend, s.is_friend)
        and holds(r.is_known, s.is_known) and holds(r.has_consent, s.has_service_consent)
        and holds(r.has_do_not_contact, s.has_do_not_contact) and holds(r.is_low, s.is_low)
        and at_least(r.uncovered_from, s.uncovered_days) and at_least(r.silent_from, s.silent_days)
        and at_most(r.therapy_to, s.therapy_days) and at_most(r.friend_to, s.friend_days)
    group by s.patient_id
),

-- The last day on which a number of days in a rule of the line was over.
turns as (
    select
        s.patient_id,
        greatest(
            coalesce(max(s.as_of - cast(s.uncovered_days as integer) + r.uncovered_from) filter (where s.uncovered_days >= r.uncovered_from), date '1970-01-01'),
            coalesce(max(s.as_of - cast(s.silent_days as integer) + r.silent_from) filter (where s.silent_days >= r.silent_from), date '1970-01-01'),
            coalesce(max(s.as_of - cast(s.therapy_days as integer) + r.therapy_to + 1) filter (where s.therapy_days > r.therapy_to), date '1970-01-01'),
            coalesce(max(s.as_of - cast(s.friend_days as integer) + r.friend_to + 1) filter (where s.friend_days > r.friend_to), date '1970-01-01')
        ) as turn_date
    from states as s
    join ref.stage_rules as r on r.line_code = s.line_code and r.rule_kind = 'stage'
    where coalesce(r.uncovered_from, r.silent_from, r.therapy_to, r.friend_to) is not null
    group by s.patient_id
)

select
    s.patient_id,
    s.has_service_consent,
    s.has_do_not_contact,
    s.is_low,
    coalesce(f.stage_code, 'lead') as stage_code,
    coalesce(f.group_code, '') as group_code,
    greatest(coalesce(s.last_date, s.known_date), coalesce(t.turn_date, s.known_date)) as since_date
from states as s
left join fitting as f on f.patient_id = s.patient_id
left join turns as t on t.patient_id = s.patient_id
