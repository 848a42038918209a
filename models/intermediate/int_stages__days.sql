-- The days on which the stage of a patient could have changed, with what was known at the end of each: the days of
-- the signals, and the days on which a number of days in a rule is over, also those to come.
-- grain: patient_id, day
-- inputs: int_stages__signals, ref.stage_rules
-- by: patient_id
with signals as (
    select patient_id, signal_date, signal, until_date, flag from int_stages__signals
),

firsts as (
    select
        patient_id,
        min(signal_date) as first_date,
        min(signal_date) filter (where signal = 'fill') as first_fill_date,
        min(signal_date) filter (where signal = 'friend' and flag) as first_friend_date
    from signals
    group by patient_id
),

-- Behind every supply, contact, first fill and first friendship the numbers of days that the rules name.
offsets as (
    select distinct 'uncovered' as kind, uncovered_from as days from ref.stage_rules where uncovered_from is not null
    union
    select 'silent', silent_from from ref.stage_rules where silent_from is not null
    union
    select 'therapy', therapy_to + 1 from ref.stage_rules where therapy_to is not null
    union
    select 'friend', friend_to + 1 from ref.stage_rules where friend_to is not null
),

bases as (
    select patient_id, 'uncovered' as kind, until_date as date from signals where signal = 'fill'
    union all
    select patient_id, 'silent', signal_date from signals where signal = 'own'
    union all
    select patient_id, 'therapy', first_fill_date from firsts where first_fill_date is not null
    union all
    select patient_id, 'friend', first_friend_date from firsts where first_friend_date is not null
),

marks as (
    select patient_id, signal_date as day, signal, until_date, flag from signals
    union all
    select b.patient_id, b.date + o.days, '', null, null
    from bases as b
    join offsets as o on o.kind = b.kind
),

-- What was told of one thing by the end of a day, as the number of the day, doubled, and one more when it holds: the largest is the newest.
told as (
    select
        patient_id,
        day,
        max(until_date) as until_date,
        max(case when signal = 'own' then day end) as own_date,
        max(case when signal = 'gone' then 1 else 0 end) as is_gone,
        max(day_no * 2 + case when flag then 1 else 0 end) filter (where signal = 'friend') as friend,
        max(day_no * 2 + case when flag then 1 else 0 end) filter (where signal = 'consent') as consent,
        max(day_no * 2 + case when flag then 1 else 0 end) filter (where signal = 'do_not_contact') as refused,
        max(day_no * 2 + case when flag then 1 else 0 end) filter (where signal = 'unfriended') as unfriended,
        max(day_no * 2 + case when flag then 1 else 0 end) filter (where signal = 'low') as low
    from (select *, date_diff('day', date '1970-01-01', day) as day_no from marks)
    group by patient_id, day
),

known as (
    select
        patient_id,
        day,
        max(until_date) over past as last_covered_date,
        max(own_date) over past as last_own_date,
        max(is_gone) over past as is_gone,
        mod(max(friend) over past, 2) = 1 as is_friend,
        mod(max(consent) over past, 2) = 1 as has_consent,
        mod(max(refused) over past, 2) = 1 as is_refused,
        mod(max(unfriended) over past, 2) = 1 as is_unfriended,
        mod(max(low) over past, 2) = 1 as is_low
    from told
    window past as (partition by patient_id order by day rows between unbounded preceding and current row)
)

select
    k.patient_id,
    k.day,
    k.is_gone = 1 as is_gone,
    k.last_covered_date is not null as is_buyer,
    coalesce(k.is_friend, false) as is_friend,
    k.last_covered_date is not null or coalesce(k.is_friend, false) as is_known,
    coalesce(k.has_consent, false) as has_consent,
    coalesce(k.is_refused, false) or coalesce(k.is_unfriended, false) as has_do_not_contact,
    coalesce(k.is_low, false) as is_low,
    k.day - k.last_covered_date as uncovered_days,
    k.day - k.last_own_date as silent_days,
    case when f.first_fill_date <= k.day then k.day - f.first_fill_date end as therapy_days,
    case when f.first_friend_date <= k.day then k.day - f.first_friend_date end as friend_days
from known as k
join firsts as f on f.patient_id = k.patient_id
