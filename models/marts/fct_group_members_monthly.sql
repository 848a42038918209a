-- Members of the patients' groups, month by month from the first to the business day's: who joined, who left, who stays.
-- grain: line_code, group_code, month_start
-- inputs: int_activities__events, dim_patients, ref.settings
-- line_code: line of disease of the members
-- group_code: number of the group as the events give it, empty when they give none
-- month_start: first day of the month
-- joined_count: joins in the month
-- left_count: leaves in the month
-- member_count: joins less leaves up to the end of the month
-- left_ratio: left_count / members at the start of the month, empty without any
with moves as (
    select
        p.line_code,
        coalesce(json_extract_string(nullif(e.attributes, ''), '$.group'), '') as group_code,
        cast(date_trunc('month', e.event_date) as date) as month_start,
        count(*) filter (where e.activity_type = 'join_group') as joined_count,
        count(*) filter (where e.activity_type = 'leave_group') as left_count
    from int_activities__events as e
    join dim_patients as p on p.patient_id = e.patient_id
    where e.activity_type in ('join_group', 'leave_group')
    group by p.line_code, coalesce(json_extract_string(nullif(e.attributes, ''), '$.group'), ''), cast(date_trunc('month', e.event_date) as date)
),

spans as (
    select line_code, group_code, min(month_start) as first_month
    from moves
    group by line_code, group_code
),

months as (
    select
        g.line_code,
        g.group_code,
        cast(date_trunc('month', s.as_of) - to_months(cast(r.i as integer)) as date) as month_start
    from spans as g
    cross join ref.settings as s
    join range(240) as r (i) on cast(date_trunc('month', s.as_of) - to_months(cast(r.i as integer)) as date) >= g.first_month
),

counts as (
    select
        m.*,
        coalesce(v.joined_count, 0) as joined_count,
        coalesce(v.left_count, 0) as left_count,
        sum(coalesce(v.joined_count, 0) - coalesce(v.left_count, 0)) over (
            partition by m.line_code, m.group_code order by m.month_start
        ) as member_count
    from months as m
    left join moves as v on v.line_code = m.line_code and v.group_code = m.group_code and v.month_start = m.month_start
)

select
    line_code,
    group_code,
    month_start,
    joined_count,
    left_count,
    cast(member_count as bigint) as member_count,
    left_count / nullif(member_count - joined_count + left_count, 0) as left_ratio
from counts
order by line_code, group_code, month_start
