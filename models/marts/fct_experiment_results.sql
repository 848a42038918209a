-- Whether the experiment is sound and what it did: for baselines the standardised mean difference and variance ratio,
-- for the outcome the difference in means and the difference in differences with 95 % intervals (normal approximation),
-- and the test of sample ratio mismatch against equal arms.
-- grain: measure_code
-- inputs: fct_experiment_patients
-- measure_code: arms (sample ratio), female, age, before_ratio (baselines), after_ratio (outcome) or change_ratio (after less before)
-- kind: arms, baseline or outcome
-- control_count: patients of the control arm with a value
-- treatment_count: patients of the treatment arm with a value
-- control_mean: mean of the control arm; empty for arms
-- treatment_mean: mean of the treatment arm
-- difference: treatment_mean - control_mean
-- lower_difference: lower limit of its 95 % interval
-- upper_difference: upper limit
-- smd: difference / pooled standard deviation; a baseline beyond 0.1 is out of balance
-- variance_ratio: variance of the treatment arm / control arm; beyond 0.5 to 2 is out of balance
-- p_value: for arms of equal arms (below 0.001 is a mismatch), else of no difference
with measured as (
    select arm, 'arms' as measure_code, 1.0 as value from fct_experiment_patients
    union all
    select arm, 'female', case when is_female then 1.0 else 0.0 end from fct_experiment_patients where is_female is not null
    union all
    select arm, 'age', cast(age as double) from fct_experiment_patients where age is not null
    union all
    select arm, 'before_ratio', before_ratio from fct_experiment_patients where before_ratio is not null
    union all
    select arm, 'after_ratio', after_ratio from fct_experiment_patients where after_ratio is not null
    union all
    select arm, 'change_ratio', after_ratio - before_ratio from fct_experiment_patients where after_ratio is not null and before_ratio is not null
),

sums as (
    select
        measure_code,
        count(*) filter (where arm = 'control') as n0,
        count(*) filter (where arm = 'treatment') as n1,
        avg(value) filter (where arm = 'control') as mean0,
        avg(value) filter (where arm = 'treatment') as mean1,
        var_samp(value) filter (where arm = 'control') as var0,
        var_samp(value) filter (where arm = 'treatment') as var1
    from measured
    group by measure_code
),

errors as (
    select
        *,
        mean1 - mean0 as difference,
        sqrt(var0 / nullif(n0, 0) + var1 / nullif(n1, 0)) as std_err,
        measure_code = 'arms' as is_arms
    from sums
)

select
    measure_code,
    case when is_arms then 'arms' when measure_code in ('after_ratio', 'change_ratio') then 'outcome' else 'baseline' end as kind,
    n0 as control_count,
    n1 as treatment_count,
    case when not is_arms then mean0 end as control_mean,
    case when not is_arms then mean1 end as treatment_mean,
    case when not is_arms then difference end as difference,
    case when not is_arms then difference - 1.959963984540054 * std_err end as lower_difference,
    case when not is_arms then difference + 1.959963984540054 * std_err end as upper_difference,
    case when not is_arms and var0 + var1 > 0 then difference / sqrt((var0 + var1) / 2) end as smd,
    case when not is_arms and var0 > 0 then var1 / var0 end as variance_ratio,
    case
        when is_arms then 2 * normal_tail(abs(n1 - n0) / sqrt(n0 + n1))
        when std_err > 0 then 2 * normal_tail(abs(difference) / std_err)
    end as p_value
from errors
order by measure_code
