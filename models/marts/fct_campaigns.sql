-- What the sales campaigns brought: leads, orders, buyers and sales a day in 618 (1 to 20 June) and double eleven (20
-- October to 12 November), beside the 28 days before the campaign, which are four of each weekday, and the 28 days
-- after it, in which people buy less because they have stocked up.
-- grain: line_code, campaign_code, measure_code
-- inputs: fct_fills, int_activities__events, ref.settings
-- line_code: line of disease
-- campaign_code: year and campaign, as in 2026-618
-- measure_code: leads, orders (fills), buyers (patients with a fill on a day) or sales_fen
-- start_date: first day
-- end_date: last day, the business day when the campaign goes on
-- per_day: mean of a day of the campaign
-- before_per_day: mean of a day in the 28 days before
-- lift_ratio: per_day / before_per_day - 1, empty when there was nothing before
-- after_per_day: mean of a day in the 28 days after, empty before they have passed
-- net_lift_ratio: the mean of a day of the campaign and the 28 days after / before_per_day - 1
with calendars (code, from_month, from_day, to_month, to_day) as (
    values ('618', 6, 1, 6, 20), ('1111', 10, 20, 11, 12)
),

campaigns as (
    select
        y.year_no || '-' || c.code as campaign_code,
        make_date(y.year_no, c.from_month, c.from_day) as start_date,
        least(s.as_of, make_date(y.year_no, c.to_month, c.to_day)) as end_date,
        make_date(y.year_no, c.to_month, c.to_day) + 28 <= s.as_of as has_after
    from (select distinct year(fill_date) as year_no from fct_fills) as y
    cross join calendars as c
    join ref.settings as s on make_date(y.year_no, c.from_month, c.from_day) <= s.as_of
),

days as (
    select line_code, fill_date as day, 'orders' as measure_code, count(*) as value from fct_fills group by line_code, fill_date
    union all
    select line_code, fill_date, 'buyers', count(distinct patient_id) from fct_fills group by line_code, fill_date
    union all
    select line_code, fill_date, 'sales_fen', coalesce(sum(amount_fen), 0) from fct_fills group by line_code, fill_date
    union all
    select line_code, event_date, 'leads', count(*) from int_activities__events where activity_type = 'lead' group by line_code, event_date
),

sums as (
    select
        d.line_code,
        c.campaign_code,
        d.measure_code,
        c.start_date,
        c.end_date,
        c.has_after,
        c.end_date - c.start_date + 1 as days,
        coalesce(sum(d.value) filter (where d.day between c.start_date and c.end_date), 0) / (c.end_date - c.start_date + 1) as per_day,
        coalesce(sum(d.value) filter (where d.day > c.end_date), 0) / 28 as after_per_day,
        coalesce(sum(d.value) filter (where d.day < c.start_date), 0) / 28 as before_per_day
    from campaigns as c
    join days as d on d.day between c.start_date - 28 and c.end_date + 28
    group by d.line_code, c.campaign_code, d.measure_code, c.start_date, c.end_date, c.has_after
    having count(*) filter (where d.day <= c.end_date) > 0
)

select
    line_code,
    campaign_code,
    measure_code,
    start_date,
    end_date,
    cast(per_day as double) as per_day,
    cast(before_per_day as double) as before_per_day,
    cast(per_day / nullif(before_per_day, 0) - 1 as double) as lift_ratio,
    case when has_after then cast(after_per_day as double) end as after_per_day,
    case when has_after
        then cast((days * per_day + 28 * after_per_day) / (days + 28) / nullif(before_per_day, 0) - 1 as double)
    end as net_lift_ratio
from sums
order by line_code, campaign_code, measure_code
