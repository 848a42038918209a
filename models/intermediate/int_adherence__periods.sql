-- The measurement periods: 90, 180 and 365 days that end on the business day, the calendar year to the business day
-- (ytd), and for each of the last 12 complete months the 180 days that end on its last day.
-- grain: period_code
-- inputs: ref.settings
with rolling as (
    select 'r90' as period_code, 90 as days
    union all
    select 'r180' as period_code, 180 as days
    union all
    select 'r365' as period_code, 365 as days
),

months as (
    select last_day(cast(date_trunc('month', as_of + 1) as date) - to_months(cast(i as integer)) - to_days(1)) as period_end
    from ref.settings
    cross join range(12) as r (i)
)

select
    r.period_code,
    s.as_of - (r.days - 1) as period_start,
    s.as_of as period_end
from rolling as r
cross join ref.settings as s
union all
select
    'ytd' as period_code,
    make_date(year(as_of), 1, 1) as period_start,
    as_of as period_end
from ref.settings
union all
select
    'm' || strftime(period_end, '%Y-%m') as period_code,
    cast(period_end as date) - 179 as period_start,
    cast(period_end as date) as period_end
from months
