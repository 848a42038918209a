-- Tags of reviews that are late: the check-up after breast cancer. Days since the newest visit, or since the
-- operation when there was none: more than 105 in the first two years after it, 200 in years 3 to 5, 380 later. The
-- operation is that of the newest activity surgery, else of the first report of one, else the first code of the disease.
-- grain: patient_id, tag_id
-- inputs: int_tags__diagnoses, int_findings__statements, int_activities__events, ref.settings
-- by: patient_id
-- gives: bc_followup_overdue
with limits (from_days, to_days, limit_days) as (
    values (0, 730, 105), (731, 1826, 200), (1827, 100000, 380)
),

reported as (
    select patient_id, min(event_date) as event_date
    from int_findings__statements
    where concept in ('mastectomy', 'surgery') and status = 'present' and subject = 'self'
    group by patient_id
),

visits as (
    select
        patient_id,
        max(event_date) filter (where activity_type = 'surgery') as surgery_date,
        max(event_date) filter (where activity_type in ('first_visit', 'revisit')) as visit_date,
        coalesce(max_by(event_id, (event_at, event_id)) filter (where activity_type in ('first_visit', 'revisit')), '') as event_id
    from int_activities__events
    where activity_type in ('surgery', 'first_visit', 'revisit')
    group by patient_id
),

followed as (
    select
        d.patient_id,
        coalesce(v.surgery_date, r.event_date, d.valid_from) as surgery_date,
        greatest(coalesce(v.visit_date, v.surgery_date, r.event_date, d.valid_from), coalesce(v.surgery_date, r.event_date, d.valid_from)) as visit_date,
        coalesce(v.event_id, '') as event_id
    from int_tags__diagnoses as d
    left join reported as r on r.patient_id = d.patient_id
    left join visits as v on v.patient_id = d.patient_id
    where d.tag_id = 'bc_dx'
)

select
    f.patient_id,
    'bc_followup_overdue' as tag_id,
    f.visit_date + l.limit_days + 1 as valid_from,
    date '9999-12-31' as last_date,
    1 as evidence_count,
    f.event_id as last_event_id,
    1.0 as confidence
from followed as f
cross join ref.settings as s
join limits as l on s.as_of - f.surgery_date between l.from_days and l.to_days
where s.as_of - f.visit_date > l.limit_days
