-- Funnel steps, each with the day on which it was reached.
with expected as (
    select persons.patient_id, journey.step_code, journey.reached_date
    from truth.journey as journey
    inner join truth.people as persons on persons.person_no = journey.person_no
),
steps as (
    select step_code, min(step_no) as step_no from warehouse.fct_journey group by step_code
)
select
    'funnel ' || expected.step_code as measure,
    count(*) as truth,
    (select count(*) from warehouse.fct_journey as found where found.step_code = expected.step_code) as warehouse,
    count(*) filter (where exists (
        select 1
        from warehouse.fct_journey as found
        where found.patient_id = expected.patient_id and found.step_code = expected.step_code
            and found.reached_date = expected.reached_date
    )) as agree
from expected
left join steps on steps.step_code = expected.step_code
group by expected.step_code
order by min(steps.step_no)
