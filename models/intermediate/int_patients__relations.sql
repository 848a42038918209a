-- Whether a patient and a care worker are friends, since when, and who looks after the patient: the care
-- worker of the newest friend relation; without any relation event the one of the newest message. A relation that
-- ends because the patient goes to another care worker does not count as an end, and one that the care worker
-- ends is not the patient's wish.
-- grain: patient_id
-- inputs: int_activities__events, int_chats__messages
-- by: patient_id
with moves as (
    select
        patient_id,
        max_by(activity_type, (event_at, event_id)) = 'add_friend' as is_friend,
        max_by(staff_id, (event_at, event_id)) filter (where activity_type = 'add_friend') as friend_staff_id,
        max_by(coalesce(json_extract_string(attributes, '$.reason'), ''), (event_at, event_id)) as last_reason,
        min(event_date) filter (where activity_type = 'add_friend') as first_friend_date,
        max(event_date) as last_move_date,
        max_by(event_id, (event_at, event_id)) as last_event_id
    from int_activities__events
    where activity_type = 'add_friend'
        or activity_type = 'del_friend' and coalesce(json_extract_string(attributes, '$.reason'), '') <> 'by_transfer'
    group by patient_id
),

talks as (
    select
        patient_id,
        max_by(staff_id, (event_at, event_id)) as talk_staff_id
    from int_chats__messages
    where staff_id <> ''
    group by patient_id
)

select
    coalesce(m.patient_id, t.patient_id) as patient_id,
    coalesce(m.is_friend, false) as is_friend,
    m.patient_id is not null and not m.is_friend and m.last_reason <> 'by_staff' as is_unfriended,
    m.first_friend_date,
    m.last_move_date,
    coalesce(m.last_event_id, '') as last_event_id,
    case
        when m.patient_id is null then coalesce(t.talk_staff_id, '')
        when m.is_friend then coalesce(m.friend_staff_id, '')
        else ''
    end as owner_staff_id
from moves as m
full join talks as t on t.patient_id = m.patient_id
