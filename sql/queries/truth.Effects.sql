-- What the programme really did to the people of an experiment, whom the generator let live in both arms, and what the
-- warehouse finds by comparing the arms: the share of days with medicine, in percent of the days after the assignment.
-- Arms of fewer than 30 people say nothing: the interval is that of a normal distribution.
with effects as (
    select
        experiment,
        avg(case arm when 'treatment' then covered_days - other_covered_days else other_covered_days - covered_days end / after_days) as effect
    from truth.experiments
    where after_days >= 91
    group by experiment
)
select
    'experiment ' || effects.experiment || ' ' || found.measure_code as measure,
    printf('%.1f %%', 100 * effects.effect) as truth,
    case
        when found.lower_difference is null then '-'
        else printf('%.1f %% (%.1f to %.1f)', 100 * found.difference, 100 * found.lower_difference, 100 * found.upper_difference)
    end as warehouse,
    case
        when least(found.control_count, found.treatment_count) < 30 then 'too few people'
        when effects.effect not between found.lower_difference and found.upper_difference then 'outside'
        when 0 between found.lower_difference and found.upper_difference then 'inside, not told from 0'
        else 'inside, not 0'
    end as agree
from effects
inner join warehouse.fct_experiment_results as found
    on found.experiment_code = effects.experiment and found.measure_code in ('after_ratio', 'change_ratio')
order by 1
