-- Every curve of persistence in a few numbers: people, stops, the median with its 95 % interval, the share on therapy
-- after 180 and 365 days, how many of the stopped filled again, and the log-rank test against the other groups (one
-- degree of freedom; each day has the same weight). The largest groups come first.
-- $split: all, line, class or first_channel; $line, $class: filters, '' for all; $grace: permissible gap in days
with people as (
    select
        f.time_days,
        f.is_stopped,
        f.restart_date,
        case $split when 'class' then f.drug_class_code when 'line' then f.line_code when 'first_channel' then coalesce(p.first_channel, '') else '' end as group_code
    from fct_persistence f
    join dim_patients p using (patient_id)
    where f.grace_days = cast($grace as int) and ($line = '' or f.line_code = $line)
        and case when $class <> '' then f.drug_class_code = $class when $split = 'class' then f.drug_class_code <> '' else f.drug_class_code = '' end
),

days as (
    select group_code, time_days, count(*) as patients, count(*) filter (where is_stopped) as events
    from people
    group by group_code, time_days
),

risks as (
    select *, sum(patients) over (partition by group_code order by time_days desc) as at_risk, sum(patients) over (partition by group_code) as started
    from days
),

sums as (
    select
        *,
        bool_or(events = at_risk) over before as is_over,
        sum(case when events < at_risk then ln((at_risk - events) / at_risk) else 0.0 end) over before as log_survival,
        sqrt(sum(case when events < at_risk then cast(events as double) / (at_risk * (at_risk - events)) else 0.0 end) over before) as log_error
    from risks
    window before as (partition by group_code order by time_days rows between unbounded preceding and current row)
),

-- Greenwood's interval on the scale of log S; there is none once everybody who was left had the event.
steps as (
    select
        group_code,
        time_days,
        at_risk,
        started,
        case when is_over then 0.0 else exp(log_survival) end as survival,
        case when not is_over then exp(log_survival - 1.959963984540054 * log_error) end as lower,
        case when not is_over then least(1.0, exp(log_survival + 1.959963984540054 * log_error)) end as upper
    from sums
),

whole as (
    select time_days, sum(sum(patients)) over (order by time_days desc) as all_at_risk, sum(events) as all_events
    from days
    group by time_days
),

codes as (
    select group_code, count(*) as people, count(*) filter (where is_stopped) as stopped, count(*) filter (where is_stopped and restart_date is not null) as restarted
    from people
    group by group_code
),

grid as (
    select c.group_code, w.*, coalesce(n.at_risk, 0) as own_at_risk
    from codes c
    cross join whole w
    asof left join risks n on n.group_code = c.group_code and n.time_days >= w.time_days
    where w.all_events > 0
),

tests as (
    select
        group_code,
        sum(all_events * own_at_risk / all_at_risk) as expected,
        sum(case when all_at_risk > 1
            then all_events * (all_at_risk - all_events) * own_at_risk * (all_at_risk - own_at_risk) / (cast(all_at_risk as double) * all_at_risk * (all_at_risk - 1)) else 0.0
        end) as variance
    from grid
    group by group_code
),

shapes as (
    select
        group_code,
        min(time_days) filter (where survival <= 0.5) as median_days,
        min(time_days) filter (where lower <= 0.5 or survival = 0) as median_lower,
        min(time_days) filter (where upper <= 0.5 or survival = 0) as median_upper,
        max(time_days) as last_day,
        coalesce(max_by(survival, time_days) filter (where time_days <= 180), 1.0) as half,
        max_by(lower, time_days) filter (where time_days <= 180) as half_lower,
        max_by(upper, time_days) filter (where time_days <= 180) as half_upper,
        coalesce(max(at_risk) filter (where time_days >= 180), 0) as half_at_risk,
        coalesce(max_by(survival, time_days) filter (where time_days <= 365), 1.0) as year,
        max_by(lower, time_days) filter (where time_days <= 365) as year_lower,
        max_by(upper, time_days) filter (where time_days <= 365) as year_upper,
        coalesce(max(at_risk) filter (where time_days >= 365), 0) as year_at_risk
    from steps
    group by group_code
)

select
    c.group_code,
    c.people,
    c.stopped,
    cast(s.median_days as double) as median_days,
    cast(s.median_lower as double) as median_lower,
    cast(s.median_upper as double) as median_upper,
    case when s.half_at_risk > 0 or s.half = 0 then s.half end as half,
    case when s.half_at_risk > 0 then s.half_lower end as half_lower,
    case when s.half_at_risk > 0 then s.half_upper end as half_upper,
    cast(s.half_at_risk as bigint) as half_at_risk,
    case when s.year_at_risk > 0 or s.year = 0 then s.year end as year,
    case when s.year_at_risk > 0 then s.year_lower end as year_lower,
    case when s.year_at_risk > 0 then s.year_upper end as year_upper,
    cast(s.year_at_risk as bigint) as year_at_risk,
    case when c.stopped > 0 then c.restarted / c.stopped end as back,
    t.expected,
    case when t.variance > 0 then power(c.stopped - t.expected, 2) / t.variance end as chi_square
from codes c
join shapes s using (group_code)
left join tests t using (group_code)
order by c.people desc, c.group_code
