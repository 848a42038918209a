-- Assignments to experiments with arm and day, and the days with medicine after them.
with expected as (
    select
        persons.patient_id,
        assigned.experiment,
        assigned.arm,
        assigned.assigned_date,
        assigned.after_days,
        assigned.covered_days
    from truth.experiments as assigned
    inner join truth.people as persons on persons.person_no = assigned.person_no
),
pairs as (
    select
        expected.*,
        found.arm = expected.arm and found.assigned_date = expected.assigned_date as is_found,
        found.after_days = expected.after_days and found.after_covered_days = expected.covered_days as is_equal
    from expected
    left join warehouse.fct_experiment_patients as found
        on found.patient_id = expected.patient_id and found.experiment_code = expected.experiment
)
select
    'experiment ' || experiment || ' patients' as measure,
    count(*) as truth,
    (select count(*) from warehouse.fct_experiment_patients as found where found.experiment_code = pairs.experiment) as warehouse,
    count(*) filter (where is_found) as agree
from pairs
group by experiment
union all
select
    'experiment ' || experiment || ' covered days',
    sum(covered_days),
    (select sum(found.after_covered_days) from warehouse.fct_experiment_patients as found where found.experiment_code = pairs.experiment),
    coalesce(sum(covered_days) filter (where is_equal), 0)
from pairs
group by experiment
order by 1
