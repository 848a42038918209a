-- Kaplan-Meier curves of the time from the first prescription to the first fill, day by day for 90 days: the
-- share who have filled with its 95 % interval, and how many have not and are still followed.
-- $split: all, line or first_channel; $line: filter, '' for all
with people as (
    select
        f.time_days,
        f.is_filled as is_stopped,
        null::date as restart_date,
        case $split when 'line' then f.line_code when 'first_channel' then coalesce(p.first_channel, '') else '' end as group_code
    from fct_first_fills f
    join dim_patients p using (patient_id)
    where $line = '' or f.line_code = $line
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

grid as (
    select g.group_code, cast(d.day as bigint) as day
    from (select group_code, max(time_days) as last_day from steps group by group_code) g
    join (select unnest(range(0, 91)) as day) d on d.day <= g.last_day
)

select
    g.group_code,
    g.day,
    1 - coalesce(s.survival, 1.0) as filled,
    1 - coalesce(s.upper, case when s.time_days is null then 1.0 end) as lower,
    1 - coalesce(s.lower, case when s.time_days is null then 1.0 end) as upper,
    cast(n.at_risk as bigint) as at_risk,
    cast(n.started as bigint) as started
from grid g
asof left join steps s on s.group_code = g.group_code and s.time_days <= g.day
asof join steps n on n.group_code = g.group_code and n.time_days >= g.day
order by g.group_code, g.day
