-- Days with medicine in every calendar month from the first fill on, for whole lines of disease, over the last 12
-- complete months. Not a PDC: it has no eligibility and no index date, and supply from earlier months counts.
-- grain: patient_id, line_code, month_start
-- inputs: int_persistence__spells, ref.settings
-- by: patient_id
-- patient_id: the person
-- line_code: line of disease of the medicine
-- month_start: first day of the month
-- covered_days: days of the month with at least one drug of the line in stock
-- observed_days: days of the month from the first fill to death, leaving or the end of the month
-- covered_ratio: covered_days / observed_days, 0 to 1
with months as (
    select
        cast(date_trunc('month', as_of + 1) - to_months(cast(i as integer)) as date) as month_start,
        last_day(cast(date_trunc('month', as_of + 1) - to_months(cast(i as integer)) as date)) as month_end
    from ref.settings
    cross join range(1, 13) as r (i)
),

therapies as (
    select
        patient_id,
        line_code,
        min(spell_start_date) as first_date,
        any_value(observed_to) as observed_to
    from int_persistence__spells
    where drug_class_code = ''
    group by patient_id, line_code
),

covered as (
    select
        s.patient_id,
        s.line_code,
        m.month_start,
        sum(least(s.spell_end_date, m.month_end, s.observed_to) - greatest(s.spell_start_date, m.month_start) + 1) as covered_days
    from int_persistence__spells as s
    join months as m on s.spell_start_date <= least(m.month_end, s.observed_to) and s.spell_end_date >= m.month_start
    where s.drug_class_code = ''
    group by s.patient_id, s.line_code, m.month_start
)

select
    t.patient_id,
    t.line_code,
    m.month_start,
    cast(coalesce(c.covered_days, 0) as integer) as covered_days,
    cast(least(m.month_end, t.observed_to) - greatest(m.month_start, t.first_date) + 1 as integer) as observed_days,
    coalesce(c.covered_days, 0) / (least(m.month_end, t.observed_to) - greatest(m.month_start, t.first_date) + 1) as covered_ratio
from therapies as t
join months as m on m.month_end >= t.first_date and m.month_start <= t.observed_to
left join covered as c on c.patient_id = t.patient_id and c.line_code = t.line_code and c.month_start = m.month_start
order by t.patient_id, t.line_code, m.month_start
