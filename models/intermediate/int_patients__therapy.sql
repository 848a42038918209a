-- Where a patient who has ever filled stands with their medicine on the business day: first and last fill,
-- the last day that the supply reaches, and days without since then (negative while there is supply).
-- grain: patient_id
-- inputs: int_fills__accepted, int_supply__spells, ref.settings
-- by: patient_id
with fills as (
    select
        patient_id,
        min(event_date) as first_fill_date,
        max(event_date) as last_fill_date,
        max(supply_end_date) as last_covered_date,
        count(distinct event_date) as fill_date_count,
        count(distinct event_date) filter (where event_date > as_of - 365) as fill_date_count_365d,
        sum(amount_fen) filter (where event_date > as_of - 365) as amount_fen_365d,
        max_by(event_id, (event_at, event_id)) as last_event_id
    from int_fills__accepted
    cross join ref.settings
    group by patient_id
),

gaps as (
    select
        patient_id,
        max(spell_start_date) filter (where gap_days > 60) as last_restart_date
    from int_supply__spells
    where drug_class_code = ''
    group by patient_id
)

select
    f.patient_id,
    f.first_fill_date,
    f.last_fill_date,
    f.last_covered_date,
    cast(s.as_of - f.last_covered_date as integer) as uncovered_days,
    cast(f.fill_date_count as integer) as fill_date_count,
    cast(f.fill_date_count_365d as integer) as fill_date_count_365d,
    coalesce(cast(f.amount_fen_365d as bigint), 0) as amount_fen_365d,
    f.last_event_id,
    g.last_restart_date
from fills as f
cross join ref.settings as s
left join gaps as g on g.patient_id = f.patient_id
