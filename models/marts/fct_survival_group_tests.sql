-- Log-rank test of all segments of a split together (Mantel's test, each day has the same weight), with one degree of
-- freedom less than segments that can be told apart. The same as phdp adherence km --group.
-- grain: measure_code, line_code, grace_days, segment_by
-- inputs: fct_survival_risks
-- measure_code: persistence, first_fill or experiment
-- line_code: line of disease, empty for an experiment
-- grace_days: permissible gap, 30, 60 or 90; 0 for first_fill
-- segment_by: what the patients are split by: sex, age_band, city_tier, first_channel or the code of an experiment
-- segment_count: segments, the unknown one included
-- chi_square: squared excess of events over what is expected if all segments do the same, weighed by its covariance; empty
--    when nothing can be compared
-- degrees_of_freedom: segments that can be told apart, less one
-- p_value: probability of a larger chi_square if there is no difference
with recursive numbered as (
    select
        measure_code, line_code, grace_days, segment_by, time_days,
        dense_rank() over (partition by measure_code, line_code, grace_days, segment_by order by segment) as segment_no,
        cast(at_risk_count as double) as n,
        cast(event_count as double) as d,
        cast(segment_at_risk_count as double) as own_n,
        cast(segment_event_count as double) as own_d
    from fct_survival_risks
),

sizes as (
    select measure_code, line_code, grace_days, segment_by, max(segment_no) as segment_count
    from numbered
    group by measure_code, line_code, grace_days, segment_by
),

-- Covariance of the events of two segments, and in row and column 0 the excess of events. The excesses add up to 0, so
-- the last segment follows from the others and is left out.
cells as (
    select
        a.measure_code, a.line_code, a.grace_days, a.segment_by, a.segment_no as i, b.segment_no as j,
        cast(sum(exact(case when a.n > 1
            then a.d * (a.n - a.d) / (a.n * a.n * (a.n - 1)) * (case when a.segment_no = b.segment_no then a.own_n * a.n else 0.0 end - a.own_n * b.own_n)
            else 0.0
        end)) as double) as v
    from numbered as a
    join numbered as b
        on b.measure_code = a.measure_code and b.line_code = a.line_code and b.grace_days = a.grace_days and b.segment_by = a.segment_by
        and b.time_days = a.time_days
    where a.d > 0
    group by a.measure_code, a.line_code, a.grace_days, a.segment_by, a.segment_no, b.segment_no
    union all
    select measure_code, line_code, grace_days, segment_by, segment_no, 0, cast(sum(exact(own_d - d * own_n / n)) as double)
    from numbered
    group by measure_code, line_code, grace_days, segment_by, segment_no
    union all
    select measure_code, line_code, grace_days, segment_by, 0, segment_no, cast(sum(exact(own_d - d * own_n / n)) as double)
    from numbered
    group by measure_code, line_code, grace_days, segment_by, segment_no
    union all
    select measure_code, line_code, grace_days, segment_by, 0, 0, 0.0
    from sizes
),

scaled as (
    select
        c.*,
        s.segment_count,
        max(case when c.i = c.j then c.v else 0.0 end) over (partition by c.measure_code, c.line_code, c.grace_days, c.segment_by) as scale
    from cells as c
    join sizes as s
        on s.measure_code = c.measure_code and s.line_code = c.line_code and s.grace_days = c.grace_days and s.segment_by = c.segment_by
    where c.i < s.segment_count and c.j < s.segment_count
),

-- Each step takes one segment out (Gauss), or leaves it out when it has no variance beside the earlier ones. In the end
-- the cell 0, 0 is left with minus chi square.
steps as (
    select measure_code, line_code, grace_days, segment_by, segment_count, scale, 0 as step, 0 as freedom, i, j, v
    from scaled
    union all
    select
        measure_code, line_code, grace_days, segment_by, segment_count, scale, step + 1,
        freedom + case when own_v > 1e-10 * scale then 1 else 0 end,
        i, j,
        case when own_v > 1e-10 * scale then v - row_v * column_v / own_v else v end
    from (
        select
            *,
            max(case when i = step + 1 and j = step + 1 then v end) over (partition by measure_code, line_code, grace_days, segment_by) as own_v,
            max(case when j = step + 1 then v end) over (partition by measure_code, line_code, grace_days, segment_by, i) as row_v,
            max(case when i = step + 1 then v end) over (partition by measure_code, line_code, grace_days, segment_by, j) as column_v
        from steps
        where step + 1 < segment_count
    )
    where i <> step + 1 and j <> step + 1
),

tests as (
    select measure_code, line_code, grace_days, segment_by, segment_count, freedom, greatest(0.0, -v) as chi_square
    from steps
    where step + 1 = segment_count and i = 0 and j = 0
),

terms as (
    select
        m,
        sum(case when m > 0 then ln(m) else 0.0 end) over (order by m) as log_factorial,
        ln(0.886226925452758) + sum(case when m > 0 then ln(m + 0.5) else 0.0 end) over (order by m) as log_gamma
    from range(100) as r (m)
),

-- The tail of chi square as a finite sum, for even and for odd degrees of freedom.
sums as (
    select
        t.measure_code, t.line_code, t.grace_days, t.segment_by,
        coalesce(sum(exact(exp(-t.chi_square / 2 + case when t.freedom % 2 = 0
            then r.m * ln(nullif(t.chi_square, 0) / 2) - r.log_factorial else (r.m + 0.5) * ln(nullif(t.chi_square, 0) / 2) - r.log_gamma
        end))), 0) as tail
    from tests as t
    left join terms as r on r.m < floor(t.freedom / 2)
    group by t.measure_code, t.line_code, t.grace_days, t.segment_by
)

select
    t.measure_code,
    t.line_code,
    t.grace_days,
    t.segment_by,
    cast(t.segment_count as integer) as segment_count,
    case when t.freedom > 0 then t.chi_square end as chi_square,
    cast(t.freedom as integer) as degrees_of_freedom,
    case
        when t.freedom > 0 and t.chi_square = 0 then 1.0
        when t.freedom > 0 then s.tail + case when t.freedom % 2 = 1 then 2 * normal_tail(sqrt(t.chi_square)) else 0.0 end
    end as p_value
from tests as t
join sums as s on s.measure_code = t.measure_code and s.line_code = t.line_code and s.grace_days = t.grace_days and s.segment_by = t.segment_by
order by t.measure_code, t.line_code, t.grace_days, t.segment_by
