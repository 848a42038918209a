-- What clinics and meetings bring: for the patients who came in a month (their first visit of the kind in the month), how
-- many bought medicine of their line in the 30 days before and in the 30 days after. Visits of the last 30 days are
-- counted and not followed. No control group: patients who come would in part have bought anyway.
-- grain: line_code, clinic_code, month_start
-- inputs: int_activities__events, int_fills__accepted, dim_patients, ref.settings
-- line_code: line of disease of the patient
-- clinic_code: attend_light_clinic, attend_heavy_clinic or attend_offline_meeting
-- month_start: first day of the month of the visit
-- visit_count: visits
-- patient_count: patients
-- followed_count: patients whose first visit of the month is 30 days ago or more
-- buyer_before_count: of these, with a fill in the 30 days before the visit
-- buyer_after_count: of these, with a fill in the 30 days from the visit on
-- new_buyer_count: of these, with a fill in the 30 days from the visit on and none ever before
-- lift_ratio: buyer_after_count / buyer_before_count - 1, empty when nobody bought before
with visits as (
    select
        patient_id,
        activity_type as clinic_code,
        cast(date_trunc('month', event_date) as date) as month_start,
        min(event_date) as visit_date,
        count(*) as visit_count
    from int_activities__events
    where activity_type in ('attend_light_clinic', 'attend_heavy_clinic', 'attend_offline_meeting')
    group by patient_id, activity_type, cast(date_trunc('month', event_date) as date)
),

followed as (
    select
        v.patient_id,
        v.clinic_code,
        v.month_start,
        coalesce(bool_or(f.event_date between v.visit_date - 30 and v.visit_date - 1), false) as has_before,
        coalesce(bool_or(f.event_date between v.visit_date and v.visit_date + 29), false) as has_after,
        coalesce(bool_or(f.event_date < v.visit_date), false) as is_buyer
    from visits as v
    left join int_fills__accepted as f on f.patient_id = v.patient_id and f.event_date < v.visit_date + 30
    group by v.patient_id, v.clinic_code, v.month_start
),

counts as (
    select
        p.line_code,
        v.clinic_code,
        v.month_start,
        sum(v.visit_count) as visit_count,
        count(*) as patient_count,
        count(*) filter (where v.visit_date + 29 <= s.as_of) as followed_count,
        count(*) filter (where v.visit_date + 29 <= s.as_of and f.has_before) as buyer_before_count,
        count(*) filter (where v.visit_date + 29 <= s.as_of and f.has_after) as buyer_after_count,
        count(*) filter (where v.visit_date + 29 <= s.as_of and f.has_after and not f.is_buyer) as new_buyer_count
    from visits as v
    join followed as f on f.patient_id = v.patient_id and f.clinic_code = v.clinic_code and f.month_start = v.month_start
    join dim_patients as p on p.patient_id = v.patient_id
    cross join ref.settings as s
    group by p.line_code, v.clinic_code, v.month_start
)

select
    line_code,
    clinic_code,
    month_start,
    cast(visit_count as bigint) as visit_count,
    patient_count,
    followed_count,
    buyer_before_count,
    buyer_after_count,
    new_buyer_count,
    buyer_after_count / nullif(buyer_before_count, 0) - 1 as lift_ratio
from counts
order by line_code, clinic_code, month_start
