-- Why a patient stopped the medicine of a line, as far as somebody said it between 30 days before the end of the
-- supply (permissible gap 60 days) and 120 days after: what a call-back wrote down, else what the patient named in the
-- message that told of the stop, else on the day of that message; of several the nearest to the end of the supply.
-- A barrier that is named at another time is no reason.
-- grain: patient_id, line_code
-- inputs: int_persistence__courses, int_activities__events, int_findings__statements
-- by: patient_id
with reasons (said, status, reason_code, weight) as (
    values
        ('price', 'present', 'price', 2), ('insurance', 'present', 'price', 2), ('side_effect', 'present', 'side_effect', 2),
        ('no_effect', 'present', 'no_effect', 2), ('forget_dose', 'present', 'forgot', 2), ('forgot', 'present', 'forgot', 2),
        ('access', 'present', 'access', 2), ('out_of_drug', 'present', 'access', 2), ('feels_better', 'present', 'feels_better', 2),
        ('cured', 'present', 'feels_better', 2), ('fear_side_effect', 'present', 'fear', 2), ('fear', 'present', 'fear', 2),
        ('refuse_drug', 'present', 'fear', 1), ('surgery', 'present', 'surgery', 2), ('surgery', 'unknown', 'surgery', 1),
        ('hip_replaced', 'present', 'surgery', 2), ('hip_replaced', 'unknown', 'surgery', 1), ('symptom', 'absent', 'feels_better', 1)
),

statements as (
    select patient_id, event_date, event_at, event_id, status, concept, case when kind = 'symptom' then 'symptom' else concept end as said
    from int_findings__statements
    where subject = 'self' and speaker = 'patient'
),

stops as (
    select distinct patient_id, event_date, event_id
    from statements
    where concept = 'stopped_drug' and status = 'present'
),

said as (
    select patient_id, event_date, event_at, event_id, 3 as strength, json_extract_string(attributes, '$.reason') as said, 'present' as status
    from int_activities__events
    where activity_type = 'call_back'
    union all
    select s.patient_id, s.event_date, s.event_at, s.event_id, case when s.event_id = t.event_id then 2 else 1 end, s.said, s.status
    from statements as s
    join stops as t on t.patient_id = s.patient_id and t.event_date = s.event_date
)

select
    c.patient_id,
    c.line_code,
    max_by(r.reason_code, (s.strength, -abs(date_diff('day', c.stop_date, s.event_date)), r.weight, s.event_at, s.event_id, r.reason_code)) as stop_reason
from int_persistence__courses as c
join said as s on s.patient_id = c.patient_id and s.event_date between c.stop_date - 30 and c.stop_date + 120
join reasons as r on r.said = s.said and r.status = s.status
where c.grace_days = 60 and c.drug_class_code = ''
group by c.patient_id, c.line_code
