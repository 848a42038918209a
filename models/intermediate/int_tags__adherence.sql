-- Tags of adherence and refill. The band is that of the class with most covered days in the last 180 days
-- (ties by code). Falling and recovered compare shares of covered days of windows over any medicine.
-- grain: patient_id, tag_id
-- inputs: int_patients__therapy, int_patients__exits, int_adherence__windows, int_adherence__covered_days,
--    int_supply__spells, int_fills__accepted, ref.adherence_settings, ref.settings
-- gives: adh_high, adh_mid, adh_low, adh_unmeasured, adh_falling, adh_recovered, refill_due_7d, refill_overdue_1_7, refill_overdue_8_30,
--    refill_overdue_31_60, discontinued_60d, restarted, stockpiling
with refill_bands (tag_id, from_days, to_days) as (
    values
        ('refill_due_7d', -7, 0), ('refill_overdue_1_7', 1, 7), ('refill_overdue_8_30', 8, 30),
        ('refill_overdue_31_60', 31, 60), ('discontinued_60d', 61, 100000)
),

adherence_bands (tag_id, from_ratio, to_ratio) as (
    values ('adh_high', 0.8, 2.0), ('adh_mid', 0.5, 0.8), ('adh_low', -1.0, 0.5)
),

main_classes as (
    select
        w.patient_id,
        w.fill_count,
        coalesce(c.covered_days, 0) / nullif(w.end_position - w.start_position, 0) as pdc_ratio,
        w.fill_date_count >= a.min_fill_dates and w.end_position > w.start_position and w.treatment_end - w.treatment_start + 1 >= a.min_treatment_days as is_eligible
    from int_adherence__windows as w
    left join int_adherence__covered_days as c
        on c.patient_id = w.patient_id and c.drug_class_code = w.drug_class_code and c.period_code = w.period_code
    cross join ref.adherence_settings as a
    where w.period_code = 'r180'
    qualify row_number() over (partition by w.patient_id order by coalesce(c.covered_days, 0) desc, w.drug_class_code) = 1
),

shares as (
    select
        p.patient_id,
        max(p.gap_days) filter (where p.gap_days > 60 and p.spell_start_date > s.as_of - 120) as long_gap_days,
        sum(greatest(0, least(p.spell_end_date, s.as_of) - greatest(p.spell_start_date, s.as_of - 89) + 1)) as days_90,
        sum(greatest(0, least(p.spell_end_date, s.as_of - 90) - greatest(p.spell_start_date, s.as_of - 179) + 1)) as days_90_before,
        sum(greatest(0, least(p.spell_end_date, s.as_of) - greatest(p.spell_start_date, s.as_of - 59) + 1)) as days_60
    from int_supply__spells as p
    cross join ref.settings as s
    where p.drug_class_code = ''
    group by p.patient_id
),

carried as (
    select
        f.patient_id,
        max(f.supply_start_date - f.event_date) as carried_days
    from int_fills__accepted as f
    join int_patients__therapy as t on t.patient_id = f.patient_id and t.last_fill_date = f.event_date
    join ref.settings as s on f.supply_end_date >= s.as_of
    group by f.patient_id
),

tagged as (
    select m.patient_id, b.tag_id, s.as_of as valid_from, s.as_of as last_date, m.fill_count as evidence_count
    from main_classes as m
    cross join ref.settings as s
    join adherence_bands as b on m.is_eligible and m.pdc_ratio >= b.from_ratio and m.pdc_ratio < b.to_ratio
    union all
    select m.patient_id, 'adh_unmeasured' as tag_id, s.as_of as valid_from, s.as_of as last_date, m.fill_count as evidence_count
    from main_classes as m
    cross join ref.settings as s
    where not m.is_eligible
    union all
    select t.patient_id, b.tag_id, s.as_of + (b.from_days - t.uncovered_days) as valid_from, s.as_of as last_date, t.fill_date_count as evidence_count
    from int_patients__therapy as t
    join refill_bands as b on t.uncovered_days between b.from_days and b.to_days
    cross join ref.settings as s
    anti join int_patients__exits as x on x.patient_id = t.patient_id
    union all
    select t.patient_id, 'restarted' as tag_id, t.last_restart_date as valid_from, t.last_restart_date as last_date, 1 as evidence_count
    from int_patients__therapy as t
    join ref.settings as s on t.last_restart_date > s.as_of - 30
    union all
    select h.patient_id, 'adh_falling' as tag_id, s.as_of as valid_from, s.as_of as last_date, 2 as evidence_count
    from shares as h
    join int_patients__therapy as t on t.patient_id = h.patient_id
    join ref.settings as s on t.first_fill_date <= s.as_of - 179
    where t.fill_date_count >= 2 and (h.days_90_before - h.days_90) / 90 >= 0.15
    union all
    select h.patient_id, 'adh_recovered' as tag_id, s.as_of as valid_from, s.as_of as last_date, 2 as evidence_count
    from shares as h
    cross join ref.settings as s
    where h.long_gap_days is not null and h.days_60 / 60 >= 0.8
    union all
    select c.patient_id, 'stockpiling' as tag_id, s.as_of as valid_from, s.as_of as last_date, 1 as evidence_count
    from carried as c
    cross join ref.settings as s
    where c.carried_days > 30
)

select
    g.patient_id,
    g.tag_id,
    g.valid_from,
    g.last_date,
    g.evidence_count,
    coalesce(t.last_event_id, '') as last_event_id,
    1.0 as confidence
from tagged as g
left join int_patients__therapy as t on t.patient_id = g.patient_id
