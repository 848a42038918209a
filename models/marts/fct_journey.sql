-- Steps of the funnels that a patient has reached, in order: a step counts on the first day, not before the
-- step before it was reached, on which its event happens. A step with the same event as the one before it
-- (second fill after first fill) needs a later day. covered_day is reached on the first day with supply at
-- least after_days days after the first fill step.
-- grain: patient_id, funnel_code, line_code, step_no
-- inputs: int_journey__events, int_journey__covered_days, ref.funnel_steps, ref.settings
-- patient_id: the person
-- funnel_code: funnel that the step belongs to
-- step_no: place of the step, 1 is the first
-- step_code: code of the step
-- line_code: line of disease of the funnel
-- reached_date: business day on which the step was reached
with recursive steps as (
    select
        *,
        coalesce(lag(event) over (partition by funnel_code, line_code order by step_no), '') as event_before
    from ref.funnel_steps
),

reached as (
    select
        e.patient_id,
        s.funnel_code,
        s.line_code,
        s.step_no,
        s.step_code,
        min(e.event_date) as reached_date,
        min(e.event_date) as anchor_date
    from steps as s
    join int_journey__events as e on e.line_code = s.line_code and e.event = s.event and e.nth >= coalesce(s.nth, 1)
    where s.step_no = 1
    group by e.patient_id, s.funnel_code, s.line_code, s.step_no, s.step_code
    union all
    (
        with by_event as (
            select
                r.patient_id,
                s.funnel_code,
                s.line_code,
                s.step_no,
                s.step_code,
                min(e.event_date) as reached_date,
                case when s.event = 'fill' and s.event_before <> 'fill'
                    then min(e.event_date) else any_value(r.anchor_date)
                end as anchor_date
            from reached as r
            join steps as s
                on s.funnel_code = r.funnel_code and s.line_code = r.line_code and s.step_no = r.step_no + 1
            join int_journey__events as e
                on e.patient_id = r.patient_id and e.line_code = s.line_code and e.event = s.event
                and e.nth >= coalesce(s.nth, 1)
                and e.event_date >= r.reached_date + case when s.event = s.event_before then 1 else 0 end
            group by r.patient_id, s.funnel_code, s.line_code, s.step_no, s.step_code, s.event, s.event_before
        ),

        by_supply as (
            select
                r.patient_id,
                s.funnel_code,
                s.line_code,
                s.step_no,
                s.step_code,
                min(greatest(c.supply_start_date, r.reached_date, r.anchor_date + coalesce(s.after_days, 0))) as reached_date,
                any_value(r.anchor_date) as anchor_date
            from reached as r
            join steps as s
                on s.funnel_code = r.funnel_code and s.line_code = r.line_code and s.step_no = r.step_no + 1
            join int_journey__covered_days as c
                on c.patient_id = r.patient_id and c.line_code = s.line_code
                and c.supply_end_date >= greatest(r.reached_date, r.anchor_date + coalesce(s.after_days, 0))
            where s.event = 'covered_day'
            group by r.patient_id, s.funnel_code, s.line_code, s.step_no, s.step_code
        )

        select * from by_event
        union all
        select * from by_supply
    )
)

select
    r.patient_id,
    r.funnel_code,
    r.step_no,
    r.step_code,
    r.line_code,
    r.reached_date
from reached as r
join ref.settings as s on r.reached_date <= s.as_of
order by r.patient_id, r.funnel_code, r.line_code, r.step_no
