-- Kaplan-Meier curves with their numbers, a row for each curve and day. Of persistence the share still on therapy,
-- every 10 days and on the days under the curves; of first fills the share who have filled, day by day for 90 days: each
-- with its 95 % interval and the number at risk. Of every curve its people and events, the median with its interval, the
-- share after 180 and 365 days (first fills: 7 and 30), how many of the stopped filled again, and the log-rank test
-- against the other curves (one degree of freedom; each day has the same weight). The largest curves come first.
-- $page: persistence or firstfill; $split: all, line, class or first_channel; $line, $class: filters, '' for all;
-- $from, $to: first and last day of the first fill or prescription; $grace: permissible gap in days
with settings as (
    select case $page when 'persistence' then 180 else 7 end as half_day, case $page when 'persistence' then 365 else 30 end as year_day
),

people as (
    select
        f.time_days,
        f.is_stopped,
        f.restart_date,
        case $split when 'class' then f.drug_class_code when 'line' then f.line_code when 'first_channel' then coalesce(p.first_channel, '') else '' end as group_code
    from fct_persistence f
    join dim_patients p using (patient_id)
    where $page = 'persistence' and f.grace_days = cast($grace as int) and ($line = '' or f.line_code = $line) and f.index_date between cast($from as date) and cast($to as date)
        and case when $class <> '' then f.drug_class_code = $class when $split = 'class' then f.drug_class_code <> '' else f.drug_class_code = '' end
    union all
    select
        f.time_days,
        f.is_filled,
        null::date,
        case $split when 'line' then f.line_code when 'first_channel' then coalesce(p.first_channel, '') else '' end
    from fct_first_fills f
    join dim_patients p using (patient_id)
    where $page = 'firstfill' and ($line = '' or f.line_code = $line) and f.prescribed_date between cast($from as date) and cast($to as date)
),

days as (
    select group_code, time_days, count(*) as patients, count(*) filter (where is_stopped) as events
    from people
    group by group_code, time_days
),

risks as (
    select *, sum(patients) over (partition by group_code order by time_days desc) as at_risk from days
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
        case when is_over then 0.0 else exp(log_survival) end as survival,
        case when not is_over then exp(log_survival - 1.959963984540054 * log_error) end as lower,
        case when not is_over then least(1.0, exp(log_survival + 1.959963984540054 * log_error)) end as upper
    from sums
),

codes as (
    select group_code, count(*) as people, count(*) filter (where is_stopped) as stopped, count(*) filter (where is_stopped and restart_date is not null) as restarted
    from people
    group by group_code
),

whole as (
    select time_days, sum(sum(patients)) over (order by time_days desc) as all_at_risk, sum(events) as all_events
    from days
    group by time_days
),

tests as (
    select
        c.group_code,
        sum(w.all_events * coalesce(n.at_risk, 0) / w.all_at_risk) as expected,
        sum(case when w.all_at_risk > 1
            then w.all_events * (w.all_at_risk - w.all_events) * coalesce(n.at_risk, 0) * (w.all_at_risk - coalesce(n.at_risk, 0)) / (cast(w.all_at_risk as double) * w.all_at_risk * (w.all_at_risk - 1)) else 0.0
        end) as variance
    from codes c
    cross join whole w
    asof left join risks n on n.group_code = c.group_code and n.time_days >= w.time_days
    where w.all_events > 0
    group by c.group_code
),

shapes as (
    select
        group_code,
        min(time_days) filter (where survival <= 0.5) as median_days,
        min(time_days) filter (where lower <= 0.5 or survival = 0) as median_lower,
        min(time_days) filter (where upper <= 0.5 or survival = 0) as median_upper,
        max(time_days) as last_day
    from steps
    group by group_code
),

grid as (
    select h.group_code, cast(d.day as bigint) as day
    from shapes h
    join (select unnest(range(0, 731, 10)) as day union select 365 union select unnest(range(0, 91))) d
        on d.day <= h.last_day and case $page when 'persistence' then d.day % 10 = 0 or d.day = 365 else d.day <= 90 end
    union
    select group_code, unnest([half_day, year_day]) from shapes cross join settings
),

-- the share still without the event becomes the share who have had it where that is the question
points as (
    select
        g.group_code,
        g.day,
        case $page when 'persistence' then coalesce(s.survival, 1.0) else 1 - coalesce(s.survival, 1.0) end as share,
        case when s.time_days is null then 1 - cast($page = 'firstfill' as int) when $page = 'persistence' then s.lower else 1 - s.upper end as lower,
        case when s.time_days is null then 1 - cast($page = 'firstfill' as int) when $page = 'persistence' then s.upper else 1 - s.lower end as upper,
        coalesce(n.at_risk, 0) as at_risk
    from grid g
    asof left join steps s on s.group_code = g.group_code and s.time_days <= g.day
    asof left join steps n on n.group_code = g.group_code and n.time_days >= g.day
),

-- a share is told as long as somebody is followed, or when everybody had the event
marks as (
    select group_code, day, at_risk, case when at_risk > 0 or lower is null then share end as share, case when at_risk > 0 then lower end as lower, case when at_risk > 0 then upper end as upper
    from points
)

select
    c.group_code,
    c.people,
    c.stopped,
    cast(h.median_days as double) as median_days,
    cast(h.median_lower as double) as median_lower,
    cast(h.median_upper as double) as median_upper,
    a.share as half,
    a.lower as half_lower,
    a.upper as half_upper,
    cast(a.at_risk as bigint) as half_at_risk,
    b.share as year,
    b.lower as year_lower,
    b.upper as year_upper,
    cast(b.at_risk as bigint) as year_at_risk,
    case when c.stopped > 0 then c.restarted / c.stopped end as back,
    t.expected,
    case when t.variance > 0 then power(c.stopped - t.expected, 2) / t.variance end as chi_square,
    x.day,
    x.share,
    x.lower,
    x.upper,
    cast(x.at_risk as bigint) as at_risk
from codes c
join shapes h on h.group_code = c.group_code
cross join settings z
join marks a on a.group_code = c.group_code and a.day = z.half_day
join marks b on b.group_code = c.group_code and b.day = z.year_day
left join tests t on t.group_code = c.group_code
join points x on x.group_code = c.group_code and x.day <= h.last_day
order by c.people desc, c.group_code, x.day
