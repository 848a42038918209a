-- What experiments.Results has, made of the people that the reader may see, without the time on therapy: one row for each
-- measure; means, differences with their 95 % interval (normal approximation), standardised difference and variance ratio.
-- $experiment: code of the experiment
with measured as (
    select e.arm, m.measure_code, m.kind, m.value
    from fct_experiment_patients e,
        lateral (values
            ('arms', 'arms', 0.0::double),
            ('female', 'baseline', cast(e.is_female as double)),
            ('age', 'baseline', cast(e.age as double)),
            ('before_ratio', 'baseline', e.before_ratio),
            ('after_ratio', 'outcome', e.after_ratio),
            ('change_ratio', 'outcome', e.after_ratio - e.before_ratio)
        ) m(measure_code, kind, value)
    where e.experiment_code = $experiment and m.value is not null
),

sums as (
    select
        measure_code,
        kind,
        count(*) filter (where arm = 'control') as n0,
        count(*) filter (where arm = 'treatment') as n1,
        avg(value) filter (where arm = 'control') as mean0,
        avg(value) filter (where arm = 'treatment') as mean1,
        var_samp(value) filter (where arm = 'control') as var0,
        var_samp(value) filter (where arm = 'treatment') as var1
    from measured
    group by measure_code, kind
)

select
    measure_code, kind, n0 as control_count, n1 as treatment_count, mean0 as control_mean, mean1 as treatment_mean, mean1 - mean0 as difference,
    mean1 - mean0 - 1.959963984540054 * sqrt(var0 / nullif(n0, 0) + var1 / nullif(n1, 0)) as lower_difference,
    mean1 - mean0 + 1.959963984540054 * sqrt(var0 / nullif(n0, 0) + var1 / nullif(n1, 0)) as upper_difference,
    case when var0 + var1 > 0 then (mean1 - mean0) / sqrt((var0 + var1) / 2) end as smd,
    case when var0 > 0 then var1 / var0 end as variance_ratio,
    null::double as p_value
from sums
order by case kind when 'arms' then 1 when 'baseline' then 2 else 3 end, measure_code
