-- What answers a wish or closes a complaint: only findings after it count for the tag.
-- grain: patient_id, tag_id
-- inputs: int_fills__accepted, int_activities__events
-- by: patient_id
with closings (tag_id, activity_type) as (
    values
        ('need_consult', 'book_consult'), ('need_consult', 'attend_light_clinic'), ('need_consult', 'attend_heavy_clinic'),
        ('need_report_read', 'report_read'), ('complaint_open', 'task_closed')
)

select patient_id, 'intent_purchase' as tag_id, max(event_at) as closed_at
from int_fills__accepted
group by patient_id
union all
select e.patient_id, c.tag_id, max(e.event_at) as closed_at
from int_activities__events as e
join closings as c on c.activity_type = e.activity_type
group by e.patient_id, c.tag_id
