-- What can change the service stage of a patient, by day: fills with the day that the supply reaches, friendship, the
-- patient's own contacts before a long silence, consent, exits, and adherence at the end of every month. What
-- holds on the business day itself is in int_patients__stages.
-- grain: patient_id, signal_date, signal
-- inputs: int_fills__accepted, int_activities__events, int_chats__messages, int_patients__exits,
--    int_patients__contacts, int_adherence__windows, int_adherence__covered_days, ref.adherence_settings, ref.stage_rules
-- by: patient_id
-- view: one reader
with staff_activities (activity_type) as (
    values
        ('task_created'), ('task_started'), ('task_closed'), ('alert_raised'), ('alert_ack'), ('call_back'), ('referral_made'),
        ('identity_linked'), ('report_read'), ('died'), ('lead')
),

own_days as (
    select patient_id, event_date
    from int_chats__messages
    where speaker = 'patient'
    union
    select e.patient_id, e.event_date
    from int_activities__events as e
    anti join staff_activities as s on s.activity_type = e.activity_type
    union
    select patient_id, event_date
    from int_fills__accepted
),

silences as (
    select
        patient_id,
        event_date,
        lead(event_date) over (partition by patient_id order by event_date) as next_date
    from own_days
),

-- The class with most covered days in a period decides, as for the tag adh_low.
main_classes as (
    select
        w.patient_id,
        w.period_end,
        w.fill_date_count >= a.min_fill_dates and w.treatment_end - w.treatment_start + 1 >= a.min_treatment_days
            and coalesce(c.covered_days, 0) * 2 < w.end_position - w.start_position as is_low
    from int_adherence__windows as w
    left join int_adherence__covered_days as c
        on c.patient_id = w.patient_id and c.drug_class_code = w.drug_class_code and c.period_code = w.period_code
    cross join ref.adherence_settings as a
    where w.period_code like 'm%'
    qualify row_number() over (partition by w.patient_id, w.period_code order by coalesce(c.covered_days, 0) desc, w.drug_class_code) = 1
),

signals as (
    select patient_id, event_date as signal_date, 'fill' as signal, max(supply_end_date) as until_date, true as flag
    from int_fills__accepted
    group by patient_id, event_date
    union all
    select patient_id, first_date, 'first', null, true
    from int_patients__contacts
    union all
    select patient_id, event_date, 'friend', null, max_by(activity_type, (event_at, event_id)) = 'add_friend'
    from int_activities__events
    where activity_type in ('add_friend', 'del_friend')
    group by patient_id, event_date
    union all
    select patient_id, event_date, 'own', null, true
    from silences
    where coalesce(next_date - event_date >= (select min(silent_from) from ref.stage_rules), true)
    union all
    select patient_id, event_date, 'consent', null, max_by(lower(json_extract_string(attributes, '$.granted')) = 'true', (event_at, event_id))
    from int_activities__events
    where activity_type = 'consent' and json_extract_string(attributes, '$.granted') is not null
        and coalesce(nullif(lower(json_extract_string(attributes, '$.purpose')), ''), 'service') = 'service'
    group by patient_id, event_date
    union all
    select patient_id, event_date, 'do_not_contact', null, max_by(lower(json_extract_string(attributes, '$.granted')) = 'false', (event_at, event_id))
    from int_activities__events
    where activity_type = 'consent' and lower(json_extract_string(attributes, '$.purpose')) in ('contact', 'marketing')
    group by patient_id, event_date
    union all
    select patient_id, event_date, 'unfriended', null, max_by(activity_type, (event_at, event_id)) = 'del_friend'
    from int_activities__events
    where activity_type in ('add_friend', 'del_friend')
    group by patient_id, event_date
    union all
    select patient_id, least(coalesce(died_date, left_date), coalesce(left_date, died_date)), 'gone', null, true
    from int_patients__exits
    union all
    select patient_id, period_end, 'low', null, is_low
    from main_classes
)

select
    patient_id,
    signal_date,
    signal,
    until_date,
    flag
from signals
