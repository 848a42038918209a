-- CMA in every treatment episode of a class: an episode ends when the gap is longer than 60 days (the last one also at 60),
-- with carry-over between its fills. It is a follow-up and observation window of its own, so that CMA6, CMA7, CMA8 and
-- CMA9 are the same number, and CMA3 and CMA4 are CMA1 and CMA2 up to 1. The same numbers as the Go engine per episode.
-- grain: patient_id, drug_class_code, episode_no
-- inputs: int_cma__fills, int_drugs__targets
-- by: patient_id
-- patient_id: the person
-- drug_class_code: therapeutic class
-- episode_no: 1 is the first
-- line_code: line of disease of the class
-- start_date: first fill of the episode
-- end_date: first day without supply, or the business day when the last gap is shorter than 60 days
-- duration_days: end_date - start_date
-- fill_count: fills of the episode
-- end_gap_days: days without medicine after its last fill, up to the next fill or the business day
-- cma1: supply of all but the last fill / days from first to last; empty with fills on one day only; can exceed 1
-- cma2: supply of all fills / duration_days; can exceed 1
-- cma5: days with medicine / days from first to last fill
-- cma6: days with medicine / duration_days
with gaps as (
    select
        *,
        greatest(0, coalesce(next_day, as_of_day) - end_day) as gap
    from int_cma__fills
),

numbered as (
    select
        *,
        1 + coalesce(sum(case when gap > 60 then 1 else 0 end) over (
            partition by patient_id, drug_class_code order by fill_no rows between unbounded preceding and 1 preceding
        ), 0) as episode_no
    from gaps
),

ended as (
    select
        *,
        fill_no = max(fill_no) over episode as is_last,
        max(case when next_day is null and gap < 60 then as_of_day when next_day is null or gap > 60 then end_day end) over episode as episode_end_day
    from numbered
    window episode as (partition by patient_id, drug_class_code, episode_no)
),

sums as (
    select
        patient_id,
        drug_class_code,
        episode_no,
        min(day) as start_day,
        max(day) as last_day,
        any_value(episode_end_day) as end_day,
        count(*) as fill_count,
        max(case when is_last then gap end) as end_gap,
        sum(days_supply) as supply,
        sum(days_supply) filter (where not is_last) as supply_but_last,
        sum(least(end_day, coalesce(next_day, episode_end_day), episode_end_day) - day) as used_days,
        sum(least(end_day, coalesce(next_day, episode_end_day), episode_end_day) - day) filter (where not is_last) as used_days_but_last
    from ended
    group by patient_id, drug_class_code, episode_no
)

select
    s.patient_id,
    s.drug_class_code,
    cast(s.episode_no as integer) as episode_no,
    c.line_code,
    date '1970-01-01' + cast(s.start_day as integer) as start_date,
    date '1970-01-01' + cast(s.end_day as integer) as end_date,
    cast(s.end_day - s.start_day as integer) as duration_days,
    cast(s.fill_count as integer) as fill_count,
    cast(s.end_gap as integer) as end_gap_days,
    s.supply_but_last / nullif(s.last_day - s.start_day, 0) as cma1,
    s.supply / (s.end_day - s.start_day) as cma2,
    s.used_days_but_last / nullif(s.last_day - s.start_day, 0) as cma5,
    s.used_days / (s.end_day - s.start_day) as cma6
from sums as s
join (select distinct drug_class_code, line_code from int_drugs__targets) as c on c.drug_class_code = s.drug_class_code
where s.end_day > s.start_day
order by s.patient_id, s.drug_class_code, s.episode_no
