-- The service stages through which patients have gone, by the stage rules of their line, from the day on which
-- something first was known of them. The last one is the stage of dim_patients.
-- grain: patient_id, stage_no
-- inputs: int_stages__days, dim_patients, ref.stage_rules, ref.settings
-- by: patient_id
-- due: select patient_id from int_stages__days where day between $last and $day
--    union all select patient_id from fct_stage_history where from_date = $last
-- patient_id: the person
-- stage_no: 1 is the first
-- stage_code: service stage
-- line_code: line of disease of the person
-- from_date: first day in the stage
-- to_date: last day in the stage, empty while the patient is in it
-- stage_days: days in the stage, empty while the patient is in it
-- previous_stage_code: the stage before, empty for the first
with lines as (
    select p.patient_id, coalesce(nullif(p.line_code, ''), f.line_code) as line_code
    from dim_patients as p
    cross join (select min(line_code) as line_code from ref.stage_rules) as f
),

fitting as (
    select
        d.patient_id,
        d.day,
        min_by(r.code, r.rule_no) as stage_code
    from int_stages__days as d
    join ref.settings as s on d.day < s.as_of
    join lines as p on p.patient_id = d.patient_id
    join ref.stage_rules as r
        on r.line_code = p.line_code and r.rule_kind = 'stage'
        and holds(r.is_gone, d.is_gone) and holds(r.is_buyer, d.is_buyer) and holds(r.is_friend, d.is_friend)
        and holds(r.is_known, d.is_known) and holds(r.has_consent, d.has_consent)
        and holds(r.has_do_not_contact, d.has_do_not_contact) and holds(r.is_low, d.is_low)
        and at_least(r.uncovered_from, d.uncovered_days) and at_least(r.silent_from, d.silent_days)
        and at_most(r.therapy_to, d.therapy_days) and at_most(r.friend_to, d.friend_days)
    group by d.patient_id, d.day
    union all
    select p.patient_id, s.as_of, p.stage_code
    from dim_patients as p
    cross join ref.settings as s
),

changes as (
    select
        *,
        lag(stage_code) over (partition by patient_id order by day) as stage_before
    from fitting
    qualify stage_before is null or stage_before <> stage_code
)

select
    c.patient_id,
    cast(row_number() over stages as integer) as stage_no,
    c.stage_code,
    p.line_code,
    c.day as from_date,
    lead(c.day) over stages - 1 as to_date,
    cast(lead(c.day) over stages - c.day as integer) as stage_days,
    coalesce(c.stage_before, '') as previous_stage_code
from changes as c
join dim_patients as p on p.patient_id = c.patient_id
window stages as (partition by c.patient_id order by c.day)
order by c.patient_id, stage_no
