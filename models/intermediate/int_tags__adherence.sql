-- Tags of adherence and refill. The band is that of the class with most covered days in the last 180 days
-- (ties by code); nobody has one when more than a fifth of the fills of those days say no days of supply. Not measured is who
-- is on therapy, that is, has had medicine within 60 days. Falling and recovered compare shares of covered days of windows over
-- any medicine; for recovered the share of 180 days is looked at every week from 119 to 60 days ago, and before a gap ended.
-- What is worked out of shares and supply holds since the newest fill.
-- grain: patient_id, tag_id
-- inputs: int_patients__therapy, int_patients__exits, int_adherence__windows, int_adherence__covered_days,
--    int_supply__spells, int_fills__accepted, int_fills__judged, ref.adherence_settings, ref.settings
-- by: patient_id
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

-- Fills of the last 180 days and those of them whose days of supply nobody knows.
stated as (
    select
        j.patient_id,
        count(*) filter (where j.reason in ('no_supply', 'zero_supply')) > 0.2 * count(*) as is_unstated
    from int_fills__judged as j
    join ref.settings as s on j.event_date > s.as_of - 180
    where j.reason in ('', 'no_supply', 'zero_supply', 'implausible_supply')
    group by j.patient_id
),

main_classes as (
    select
        w.patient_id,
        w.fill_count,
        coalesce(c.covered_days, 0) / nullif(w.end_position - w.start_position, 0) as pdc_ratio,
        w.fill_date_count >= a.min_fill_dates and w.end_position > w.start_position and w.treatment_end - w.treatment_start + 1 >= a.min_treatment_days
            and not coalesce(u.is_unstated, false) as is_eligible
    from int_adherence__windows as w
    left join int_adherence__covered_days as c
        on c.patient_id = w.patient_id and c.drug_class_code = w.drug_class_code and c.period_code = w.period_code
    left join stated as u on u.patient_id = w.patient_id
    cross join ref.adherence_settings as a
    where w.period_code = 'r180'
    qualify row_number() over (partition by w.patient_id order by coalesce(c.covered_days, 0) desc, w.drug_class_code) = 1
),

shares as (
    select
        p.patient_id,
        max(p.gap_days) filter (where p.gap_days > 60 and p.spell_start_date - 1 > s.as_of - 120) as long_gap_days,
        sum(greatest(0, least(p.spell_end_date, s.as_of) - greatest(p.spell_start_date, s.as_of - 89) + 1)) as days_90,
        sum(greatest(0, least(p.spell_end_date, s.as_of - 90) - greatest(p.spell_start_date, s.as_of - 179) + 1)) as days_90_before,
        sum(greatest(0, least(p.spell_end_date, s.as_of) - greatest(p.spell_start_date, s.as_of - 59) + 1)) as days_60
    from int_supply__spells as p
    cross join ref.settings as s
    where p.drug_class_code = ''
    group by p.patient_id
),

-- Days of the 180 up to some days of the past that were covered, for patients in treatment for 91 days by then.
weeks (days_ago) as (
    values (60), (67), (74), (81), (88), (95), (102), (109), (116), (119)
),

lows as (
    select distinct p.patient_id
    from int_supply__spells as p
    cross join ref.settings as s
    cross join weeks as w
    join int_patients__therapy as t on t.patient_id = p.patient_id
    where p.drug_class_code = '' and t.fill_date_count >= 2 and t.first_fill_date <= s.as_of - w.days_ago - 90
    group by p.patient_id, w.days_ago
    having sum(greatest(0, least(p.spell_end_date, s.as_of - w.days_ago)
            - greatest(p.spell_start_date, s.as_of - w.days_ago - 179) + 1))
        < 0.5 * least(180, max(s.as_of - w.days_ago - t.first_fill_date) + 1)
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
    select m.patient_id, b.tag_id, null as valid_from, date '9999-12-31' as last_date, m.fill_count as evidence_count
    from main_classes as m
    join adherence_bands as b on m.is_eligible and m.pdc_ratio >= b.from_ratio and m.pdc_ratio < b.to_ratio
    union all
    select m.patient_id, 'adh_unmeasured' as tag_id, null as valid_from, date '9999-12-31' as last_date, m.fill_count as evidence_count
    from main_classes as m
    join int_patients__therapy as t on t.patient_id = m.patient_id and t.uncovered_days <= 60
    where not m.is_eligible
    union all
    select t.patient_id, b.tag_id, s.as_of + (b.from_days - t.uncovered_days) as valid_from, date '9999-12-31' as last_date, t.fill_date_count as evidence_count
    from int_patients__therapy as t
    join refill_bands as b on t.uncovered_days between b.from_days and b.to_days
    cross join ref.settings as s
    anti join int_patients__exits as x on x.patient_id = t.patient_id
    union all
    select t.patient_id, 'restarted' as tag_id, t.last_restart_date as valid_from, t.last_restart_date as last_date, 1 as evidence_count
    from int_patients__therapy as t
    join ref.settings as s on t.last_restart_date > s.as_of - 30
    union all
    select h.patient_id, 'adh_falling' as tag_id, null as valid_from, date '9999-12-31' as last_date, 2 as evidence_count
    from shares as h
    join int_patients__therapy as t on t.patient_id = h.patient_id
    join ref.settings as s on t.first_fill_date <= s.as_of - 179
    where t.fill_date_count >= 2 and (h.days_90_before - h.days_90) / 90 >= 0.15
    union all
    select h.patient_id, 'adh_recovered' as tag_id, null as valid_from, date '9999-12-31' as last_date, 2 as evidence_count
    from shares as h
    where h.days_60 / 60 >= 0.8 and (h.long_gap_days is not null or h.patient_id in (select patient_id from lows))
    union all
    select c.patient_id, 'stockpiling' as tag_id, null as valid_from, date '9999-12-31' as last_date, 1 as evidence_count
    from carried as c
    where c.carried_days > 30
)

select
    g.patient_id,
    g.tag_id,
    coalesce(g.valid_from, t.last_fill_date) as valid_from,
    g.last_date,
    g.evidence_count,
    coalesce(t.last_event_id, '') as last_event_id,
    1.0 as confidence
from tagged as g
left join int_patients__therapy as t on t.patient_id = g.patient_id
