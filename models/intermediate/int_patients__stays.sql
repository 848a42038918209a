-- Days in hospital as merged stays, first and last stay day: a stay runs from an admission to the day
-- before the next discharge, or to the business day when there is none yet.
-- grain: patient_id, stay_start_date
-- inputs: int_activities__events, ref.settings
-- by: patient_id
with turns as (
    select
        patient_id,
        activity_type,
        event_date,
        min(event_date) filter (where activity_type = 'discharged') over (
            partition by patient_id order by event_date, event_at
            range between current row and unbounded following
        ) as next_discharge_date
    from int_activities__events
    where activity_type in ('admitted', 'discharged')
),

stays as ( -- each once, as the windows below number rows that are alike in any order
    select distinct
        t.patient_id,
        t.event_date as start_date,
        coalesce(t.next_discharge_date - 1, s.as_of) as end_date
    from turns as t
    cross join ref.settings as s
    where t.activity_type = 'admitted'
),

reached as (
    select
        *,
        max(end_date) over (
            partition by patient_id order by start_date, end_date
            rows between unbounded preceding and 1 preceding
        ) as end_before
    from stays
    where end_date >= start_date
),

islands as (
    select
        *,
        sum(case when start_date <= end_before + 1 then 0 else 1 end) over (
            partition by patient_id order by start_date, end_date rows unbounded preceding
        ) as island
    from reached
)

select
    patient_id,
    min(start_date) as stay_start_date,
    max(end_date) as stay_end_date
from islands
group by patient_id, island
