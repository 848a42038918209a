-- Steps of the funnels that a patient has reached. In strict order a step counts on the first day, not before the step
-- before it was reached, on which its event happens; a step with the same event as the one before it (second fill
-- after first fill) needs a later day. In loose order the steps after the first may come in any order, and a step is
-- reached when all up to it have happened. covered_day is reached on the first day with supply at least after_days
-- days after the first fill step. Steps beyond the window of the funnel do not count.
-- grain: patient_id, funnel_code, line_code, step_no
-- inputs: int_journey__events, int_journey__covered_days, int_activities__attributes, ref.funnels, ref.funnel_steps, ref.settings
-- by: patient_id
-- due: select patient_id from int_journey__covered_days where supply_start_date between $last and $day
--    union all select e.patient_id from int_journey__events as e join ref.funnel_steps as s on s.line_code = e.line_code and s.event = 'covered_day'
--    where e.event_date + coalesce(s.after_days, 0) between $last and $day
-- patient_id: the person
-- funnel_code: funnel that the step belongs to
-- step_no: place of the step, 1 is the first
-- step_code: code of the step
-- line_code: line of disease of the funnel
-- reached_date: business day on which the step was reached
-- entered_date: business day of the first step, for cohorts
-- days_since_previous: days since the step before, empty for the first
-- is_last: no further step is reached; the patient is lost here unless it is the end of the funnel
with recursive events as (
    select patient_id, line_code, event, event_date, nth from int_journey__events
),

steps as (
    select
        s.*,
        f.is_loose,
        case when f.window_days > 0 then f.window_days else 100000 end as window_days,
        f.who_attribute,
        f.who_value,
        coalesce(lag(s.event) over (partition by s.funnel_code, s.line_code order by s.step_no), '') as event_before
    from ref.funnel_steps as s
    join ref.funnels as f on f.funnel_code = s.funnel_code and f.line_code = s.line_code
),

reached as (
    select
        e.patient_id,
        s.funnel_code,
        s.line_code,
        s.step_no,
        s.step_code,
        min(e.event_date) as reached_date,
        min(e.event_date) as entered_date,
        min(e.event_date) as anchor_date
    from steps as s
    join events as e on e.line_code = s.line_code and e.event = s.event and e.nth >= coalesce(s.nth, 1)
    left join int_activities__attributes as a on a.patient_id = e.patient_id and a.name = s.who_attribute
    where s.step_no = 1 and (coalesce(s.who_attribute, '') = '' or a.value = s.who_value)
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
                greatest(any_value(r.reached_date), min(e.event_date)) as reached_date,
                any_value(r.entered_date) as entered_date,
                case when s.event = 'fill' and s.event_before <> 'fill'
                    then min(e.event_date) else any_value(r.anchor_date)
                end as anchor_date
            from reached as r
            join steps as s
                on s.funnel_code = r.funnel_code and s.line_code = r.line_code and s.step_no = r.step_no + 1
            join events as e
                on e.patient_id = r.patient_id and e.line_code = s.line_code and e.event = s.event
                and e.nth >= coalesce(s.nth, 1)
                and e.event_date <= r.entered_date + s.window_days
                and e.event_date >= case
                    when s.is_loose then r.entered_date
                    else r.reached_date + case when s.event = s.event_before then 1 else 0 end
                end
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
                any_value(r.entered_date) as entered_date,
                any_value(r.anchor_date) as anchor_date
            from reached as r
            join steps as s
                on s.funnel_code = r.funnel_code and s.line_code = r.line_code and s.step_no = r.step_no + 1
            join int_journey__covered_days as c
                on c.patient_id = r.patient_id and c.line_code = s.line_code
                and c.supply_end_date >= greatest(r.reached_date, r.anchor_date + coalesce(s.after_days, 0))
                and greatest(c.supply_start_date, r.reached_date, r.anchor_date + coalesce(s.after_days, 0)) <= r.entered_date + s.window_days
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
    r.reached_date,
    r.entered_date,
    cast(r.reached_date - lag(r.reached_date) over way as integer) as days_since_previous,
    lead(r.step_no) over way is null as is_last
from reached as r
join ref.settings as s on r.reached_date <= s.as_of
window way as (partition by r.patient_id, r.funnel_code, r.line_code order by r.step_no)
order by r.patient_id, r.funnel_code, r.line_code, r.step_no
