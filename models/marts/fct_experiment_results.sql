-- Whether an experiment is sound and what it did: for baselines the standardised mean difference and variance ratio,
-- for outcomes the difference in means, the difference in differences and the difference of the restricted mean time on
-- therapy with 95 % intervals (normal approximation), and the test of sample ratio mismatch against equal arms.
-- grain: experiment_code, measure_code
-- inputs: fct_experiment_patients, fct_survival_summary, fct_survival_tests
-- experiment_code: experiment of fct_experiment_patients
-- measure_code: arms (sample ratio), female, age, before_ratio (baselines), after_ratio (outcome), change_ratio (after less
--    before, so its difference is the difference in differences) or persistence_days (mean days on therapy in the first 180)
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
-- p_value: for arms of equal arms (below 0.001 is a mismatch), for persistence_days the log-rank test of the whole time,
--    else of no difference
with measured as (
    select experiment_code, arm, 'arms' as measure_code, 1.0 as value from fct_experiment_patients
    union all
    select experiment_code, arm, 'female', case when is_female then 1.0 else 0.0 end from fct_experiment_patients where is_female is not null
    union all
    select experiment_code, arm, 'age', cast(age as double) from fct_experiment_patients where age is not null
    union all
    select experiment_code, arm, 'before_ratio', before_ratio from fct_experiment_patients where before_ratio is not null
    union all
    select experiment_code, arm, 'after_ratio', after_ratio from fct_experiment_patients where after_ratio is not null
    union all
    select experiment_code, arm, 'change_ratio', after_ratio - before_ratio
    from fct_experiment_patients
    where after_ratio is not null and before_ratio is not null
),

meant as (
    select *, avg(exact(value)) over (partition by experiment_code, measure_code, arm) as mean_value
    from measured
),

sums as (
    select
        experiment_code,
        measure_code,
        count(*) filter (where arm = 'control') as n0,
        count(*) filter (where arm = 'treatment') as n1,
        max(mean_value) filter (where arm = 'control') as mean0,
        max(mean_value) filter (where arm = 'treatment') as mean1,
        sum(exact(pow(value - mean_value, 2))) filter (where arm = 'control') as squares0,
        sum(exact(pow(value - mean_value, 2))) filter (where arm = 'treatment') as squares1
    from meant
    group by experiment_code, measure_code
),

variances as (
    select
        experiment_code,
        measure_code,
        n0,
        n1,
        mean0,
        mean1,
        cast(squares0 as double) / nullif(n0 - 1, 0) as var0,
        cast(squares1 as double) / nullif(n1 - 1, 0) as var1
    from sums
),

errors as (
    select
        *,
        sqrt(var0 / nullif(n0, 0) + var1 / nullif(n1, 0)) as std_err,
        cast(null as double) as log_rank_p_value
    from variances
    union all
    select
        t.segment_by,
        'persistence_days' as measure_code,
        c.patient_count,
        t.patient_count,
        c.rmst180_days,
        t.rmst180_days,
        cast(null as double) as var0,
        cast(null as double) as var1,
        sqrt(pow(c.rmst180_std_err, 2) + pow(t.rmst180_std_err, 2)) as std_err,
        r.p_value as log_rank_p_value
    from fct_survival_summary as t
    join fct_survival_summary as c on c.measure_code = 'experiment' and c.segment_by = t.segment_by and c.segment = 'control'
    join fct_survival_tests as r on r.measure_code = 'experiment' and r.segment_by = t.segment_by and r.segment = 'treatment'
    where t.measure_code = 'experiment' and t.segment = 'treatment'
),

judged as (
    select *, mean1 - mean0 as difference, measure_code = 'arms' as is_arms
    from errors
)

select
    experiment_code,
    measure_code,
    case when is_arms then 'arms' when measure_code in ('after_ratio', 'change_ratio', 'persistence_days') then 'outcome' else 'baseline' end as kind,
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
        when measure_code = 'persistence_days' then log_rank_p_value
        when std_err > 0 then 2 * normal_tail(abs(difference) / std_err)
    end as p_value
from judged
order by experiment_code, measure_code
