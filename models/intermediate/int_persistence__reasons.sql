-- Why a patient stopped the medicine of a line, as far as somebody said it between 30 days before the end of the
-- supply (permissible gap 60 days) and 120 days after: what a call-back wrote down, else the newest barrier that the patient named.
-- grain: patient_id, line_code
-- inputs: int_persistence__courses, int_activities__events, int_findings__statements
with reasons (said, reason_code) as (
    values
        ('price', 'price'), ('insurance', 'price'), ('side_effect', 'side_effect'), ('no_effect', 'no_effect'),
        ('forget_dose', 'forgot'), ('forgot', 'forgot'), ('access', 'access'), ('out_of_drug', 'access'),
        ('feels_better', 'feels_better'), ('fear_side_effect', 'fear'), ('fear', 'fear'), ('surgery', 'surgery')
),

said as (
    select patient_id, event_date, event_at, event_id, 1 as strength, json_extract_string(attributes, '$.reason') as said
    from int_activities__events
    where activity_type = 'call_back'
    union all
    select patient_id, event_date, event_at, event_id, 0 as strength, concept as said
    from int_findings__statements
    where kind = 'barrier' and status = 'present' and subject = 'self' and speaker = 'patient'
)

select
    c.patient_id,
    c.line_code,
    max_by(r.reason_code, (s.strength, s.event_at, s.event_id)) as stop_reason
from int_persistence__courses as c
join said as s on s.patient_id = c.patient_id and s.event_date between c.stop_date - 30 and c.stop_date + 120
join reasons as r on r.said = s.said
where c.grace_days = 60 and c.drug_class_code = ''
group by c.patient_id, c.line_code
