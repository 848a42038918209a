-- The arms of the experiment: people, who was assigned more than once, first and last assignment, and how many sessions
-- of the programme they took part in.
-- $experiment: code of the experiment
select
    arm,
    count(*) as people,
    count(*) filter (where assignment_count > 1) as twice,
    cast(min(assigned_date) as varchar) as first_day,
    cast(max(assigned_date) as varchar) as last_day,
    count(*) filter (where session_count = 0) as no_session,
    count(*) filter (where session_count between 1 and 7) as few,
    count(*) filter (where session_count between 8 and 15) as half,
    count(*) filter (where session_count >= 16) as most,
    cast(avg(session_count) as double) as mean_sessions
from fct_experiment_patients
where experiment_code = $experiment
group by arm
order by arm
