-- Treatment episodes: stretches of therapy without a gap of more than 60 days, for every line of disease and class.
-- grain: patient_id, line_code, drug_class_code, episode_no
-- inputs: int_persistence__spells
-- by: patient_id
-- patient_id: the person
-- line_code: line of disease of the medicine
-- drug_class_code: therapeutic class; empty for all medicine of the line together
-- episode_no: 1 is the first
-- start_date: first day of supply
-- end_date: last day of supply, which can lie after the business day
-- duration_days: end_date - start_date + 1
-- gap_days: days of the episode without medicine
-- end_gap_days: days without medicine after it, up to the next episode or the last day observed; 0 while there is supply
-- is_ended: end_gap_days are more than 60
with gaps as (
    select
        *,
        spell_start_date - 1 - lag(spell_end_date) over spells as gap_before
    from int_persistence__spells
    window spells as (partition by patient_id, line_code, drug_class_code order by spell_start_date)
),

numbered as (
    select
        *,
        sum(case when gap_before <= 60 then 0 else 1 end) over (
            partition by patient_id, line_code, drug_class_code order by spell_start_date rows unbounded preceding
        ) as episode_no
    from gaps
),

episodes as (
    select
        patient_id,
        line_code,
        drug_class_code,
        episode_no,
        min(spell_start_date) as start_date,
        max(spell_end_date) as end_date,
        sum(case when gap_before <= 60 then gap_before else 0 end) as gap_days,
        max_by(next_start_date, spell_start_date) as next_start_date,
        any_value(observed_to) as observed_to
    from numbered
    group by patient_id, line_code, drug_class_code, episode_no
)

select
    patient_id,
    line_code,
    drug_class_code,
    cast(episode_no as integer) as episode_no,
    start_date,
    end_date,
    cast(end_date - start_date + 1 as integer) as duration_days,
    cast(gap_days as integer) as gap_days,
    cast(greatest(0, coalesce(next_start_date - 1, observed_to) - end_date) as integer) as end_gap_days,
    coalesce(next_start_date - 1, observed_to) - end_date > 60 as is_ended
from episodes
order by patient_id, line_code, drug_class_code, episode_no
