-- How patients go from stage to stage, by month: of those in a stage on its first day, where they are on its last.
-- grain: line_code, month_start, from_stage_code, to_stage_code
-- inputs: fct_stage_history, ref.settings
-- line_code: line of disease
-- month_start: first day of the month, the last 12 complete months
-- from_stage_code: stage on the first day of the month
-- to_stage_code: stage on the last day of the month
-- patient_count: patients
-- from_ratio: patient_count / all patients in from_stage_code on the first day
with months as (
    select
        cast(date_trunc('month', as_of + 1) - to_months(cast(i as integer)) as date) as month_start,
        last_day(cast(date_trunc('month', as_of + 1) - to_months(cast(i as integer)) as date)) as month_end
    from ref.settings
    cross join range(1, 13) as r (i)
),

moves as (
    select
        a.line_code,
        m.month_start,
        a.stage_code as from_stage_code,
        b.stage_code as to_stage_code,
        count(*) as patient_count
    from months as m
    join fct_stage_history as a on a.from_date <= m.month_start and (a.to_date is null or a.to_date >= m.month_start)
    join fct_stage_history as b
        on b.patient_id = a.patient_id and b.from_date <= m.month_end and (b.to_date is null or b.to_date >= m.month_end)
    group by a.line_code, m.month_start, a.stage_code, b.stage_code
)

select
    line_code,
    month_start,
    from_stage_code,
    to_stage_code,
    patient_count,
    patient_count / sum(patient_count) over (partition by line_code, month_start, from_stage_code) as from_ratio
from moves
order by line_code, month_start, from_stage_code, to_stage_code
