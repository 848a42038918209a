-- Whether readings are at goal: of the people with a reading in a month, how many had the means of that month in target,
-- for blood pressure (at home and in the office alike), fasting glucose, HbA1c and LDL.
-- $line: filter, '' for all; $from, $to: the months that begin in between
with judged as (
    select
        patient_id,
        month_start,
        case when indicator_code in ('bp_home', 'bp_office') then 'bp' when indicator_code = 'glucose_fasting' then 'glucose' else indicator_code end as goal,
        bool_and(control_state = 'in_target') as is_at_goal
    from fct_control_monthly
    where ($line = '' or line_code = $line) and indicator_code in ('bp_home', 'bp_office', 'glucose_fasting', 'hba1c', 'ldl')
        and month_start between cast($from as date) and cast($to as date)
    group by patient_id, month_start, goal
)

select goal, strftime(month_start, '%Y-%m') as month, count(*) as people, count(*) filter (where is_at_goal) as at_goal
from judged
group by goal, month
order by goal, month
