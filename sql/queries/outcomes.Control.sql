-- Whether readings are at goal: of the people with a reading in a month, how many had the mean of that month's readings
-- at goal, for blood pressure (below 140/90), fasting glucose (4.4 to 7.0), HbA1c (below 7 %) and LDL (below 2.6). The
-- last twelve months that are over.
-- $line: filter, '' for all
with readings as (
    select m.patient_id, date_trunc('month', timezone('Asia/Shanghai', m.event_at)) as month, m.kind, avg(m.value) as value
    from fct_measurements m
    join dim_patients p using (patient_id)
    cross join meta.builds b
    where ($line = '' or p.line_code = $line) and (m.kind in ('bp_systolic', 'bp_diastolic', 'hba1c', 'ldl') or m.kind = 'glucose' and m.context = 'fasting')
        and timezone('Asia/Shanghai', m.event_at) >= date_trunc('month', b.as_of + 1) - to_months(12)
        and timezone('Asia/Shanghai', m.event_at) < date_trunc('month', b.as_of + 1)
    group by m.patient_id, month, m.kind
),

judged as (
    select patient_id, month, 'bp' as goal, max(case when kind = 'bp_systolic' then value >= 140 else value >= 90 end) = false as is_at_goal
    from readings where kind like 'bp_%' group by patient_id, month
    union all
    select patient_id, month, kind, case kind when 'glucose' then value between 4.4 and 7.0 when 'hba1c' then value < 7.0 else value < 2.6 end
    from readings where kind not like 'bp_%'
)

select goal, strftime(month, '%Y-%m') as month, count(*) as people, count(*) filter (where is_at_goal) as at_goal
from judged
group by goal, month
order by goal, month
