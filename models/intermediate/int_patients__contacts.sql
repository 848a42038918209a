-- First and newest event of a person, and the newest that the person began: a message, an order or an
-- activity other than those of the care team.
-- grain: patient_id
-- inputs: int_chats__messages, int_activities__events, int_fills__accepted
-- by: patient_id
with staff_activities (activity_type) as (
    values
        ('task_created'), ('task_started'), ('task_closed'), ('alert_raised'), ('alert_ack'), ('call_back'), ('referral_made'),
        ('identity_linked'), ('report_read'), ('died'), ('lead'), ('rx_audit'), ('experiment_assigned')
),

events as (
    select patient_id, event_date, event_at, event_id, speaker = 'patient' as is_own
    from int_chats__messages
    union all
    select e.patient_id, e.event_date, e.event_at, e.event_id, s.activity_type is null as is_own
    from int_activities__events as e
    left join staff_activities as s on s.activity_type = e.activity_type
    union all
    select patient_id, event_date, event_at, event_id, true as is_own
    from int_fills__accepted
)

select
    patient_id,
    min(event_date) as first_date,
    max(event_date) as last_date,
    max(event_date) filter (where is_own) as last_own_date,
    coalesce(max_by(event_id, (event_at, event_id)) filter (where is_own), '') as last_own_event_id
from events
group by patient_id
