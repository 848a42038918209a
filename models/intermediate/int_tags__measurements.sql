-- Tags of the newest value of a kind inside a window, and of its course: pain that fell by 2 points and 30 %
-- from the first 30 days, kidney values that stay low, the heart under anti-HER2 therapy.
-- grain: patient_id, tag_id
-- inputs: int_measurements__readings, int_tags__treatments, int_tags__diagnoses, ref.settings
-- gives: hba1c_on_target, hba1c_high, hba1c_very_high, uacr_high, egfr_low, ldl_high, bmi_overweight, bmi_obese, vas_moderate, vas_severe,
--    vas_improved, harris_poor, harris_good, bc_bmd_low, bc_lvef_drop, liver_impaired, ckd, dm_nephropathy
with bands (tag_id, kind, window_days, from_value, below_value) as (
    values
        ('hba1c_on_target', 'hba1c', 180, 0, 7.0), ('hba1c_high', 'hba1c', 180, 7.0, 9.0), ('hba1c_very_high', 'hba1c', 180, 9.0, 1000),
        ('uacr_high', 'uacr', 365, 30, 100000), ('egfr_low', 'egfr', 365, 0, 60), ('ldl_high', 'ldl', 365, 2.6, 1000),
        ('bmi_overweight', 'bmi', 365, 24.0, 28.0), ('bmi_obese', 'bmi', 365, 28.0, 1000), ('vas_moderate', 'vas', 30, 4, 7),
        ('vas_severe', 'vas', 30, 7, 1000), ('harris_poor', 'harris', 180, 0, 70), ('harris_good', 'harris', 180, 80, 1000),
        ('bc_bmd_low', 'tscore', 730, -100, -2.4999999)
),

values_seen as (
    select patient_id, kind, value, event_at, event_date, event_id, ordinal
    from int_measurements__readings
    where kind in ('hba1c', 'uacr', 'egfr', 'ldl', 'bmi', 'vas', 'harris', 'tscore', 'lvef', 'alt')
    union all
    -- Weight over height squared, where nobody sent the index itself.
    select w.patient_id, 'bmi' as kind, w.value / pow(h.height / 100, 2) as value, w.event_at, w.event_date, w.event_id, w.ordinal
    from int_measurements__readings as w
    join (
        select patient_id, max_by(value, (event_at, event_id, ordinal)) as height
        from int_measurements__readings
        where kind = 'height' and value between 100 and 230
        group by patient_id
    ) as h on h.patient_id = w.patient_id
    where w.kind = 'weight'
),

newest as (
    select
        patient_id,
        kind,
        max_by(value, (event_at, event_id, ordinal)) as value,
        max(event_date) as event_date,
        max_by(event_id, (event_at, event_id, ordinal)) as event_id,
        min(event_date) as first_date,
        count(*) as evidence_count
    from values_seen
    group by patient_id, kind
),

baselines as (
    select v.patient_id, v.kind, avg(v.value) as value
    from values_seen as v
    join newest as n on n.patient_id = v.patient_id and n.kind = v.kind and v.event_date < n.first_date + 30
    group by v.patient_id, v.kind
),

-- Two values under 60 that lie at least 90 days apart.
kidneys as (
    select patient_id, min(event_date) as valid_from, max(event_date) as last_date, count(*) as evidence_count,
        max_by(event_id, (event_at, event_id)) as last_event_id
    from values_seen
    where kind = 'egfr' and value < 60
    group by patient_id
    having max(event_date) - min(event_date) >= 90
),

tagged as (
    select n.patient_id, b.tag_id, n.event_date as valid_from, n.event_date as last_date, 1 as evidence_count, n.event_id as last_event_id
    from newest as n
    join ref.settings as s on true
    join bands as b on b.kind = n.kind and n.event_date > s.as_of - b.window_days and n.value >= b.from_value and n.value < b.below_value
    union all
    select
        n.patient_id, 'ldl_high' as tag_id, n.event_date as valid_from, n.event_date as last_date,
        1 as evidence_count, n.event_id as last_event_id
    from newest as n
    join ref.settings as s on n.event_date > s.as_of - 365
    semi join (select patient_id from int_tags__diagnoses where tag_id = 'cvd_history') as d on d.patient_id = n.patient_id
    where n.kind = 'ldl' and n.value >= 1.8 and n.value < 2.6
    union all
    select
        n.patient_id, 'vas_improved' as tag_id, n.event_date as valid_from, n.event_date as last_date,
        n.evidence_count, n.event_id as last_event_id
    from newest as n
    join baselines as b on b.patient_id = n.patient_id and b.kind = n.kind
    join ref.settings as s on n.event_date > s.as_of - 90
    where n.kind = 'vas' and n.event_date >= n.first_date + 30 and b.value - n.value >= 2 and b.value - n.value >= 0.3 * b.value
    union all
    select
        n.patient_id, 'bc_lvef_drop' as tag_id, n.event_date as valid_from, n.event_date as last_date,
        n.evidence_count, n.event_id as last_event_id
    from newest as n
    join baselines as b on b.patient_id = n.patient_id and b.kind = n.kind
    semi join (select patient_id from int_tags__treatments where tag_id = 'bc_anti_her2') as t on t.patient_id = n.patient_id
    where n.kind = 'lvef' and (n.value < 50 or b.value - n.value >= 10)
    union all
    -- Three times the upper limit of 40 U/L.
    select
        n.patient_id, 'liver_impaired' as tag_id, n.event_date as valid_from, n.event_date as last_date,
        1 as evidence_count, n.event_id as last_event_id
    from newest as n
    join ref.settings as s on n.event_date > s.as_of - 90
    where n.kind = 'alt' and n.value > 120
    union all
    select k.patient_id, 'ckd' as tag_id, k.valid_from, k.last_date, k.evidence_count, k.last_event_id
    from kidneys as k
    union all
    select k.patient_id, 'dm_nephropathy' as tag_id, k.valid_from, k.last_date, k.evidence_count, k.last_event_id
    from kidneys as k
    semi join (select patient_id from int_tags__diagnoses where tag_id in ('dm_type1', 'dm_type2')) as d on d.patient_id = k.patient_id
)

select
    patient_id,
    tag_id,
    max(valid_from) as valid_from,
    max(last_date) as last_date,
    max(evidence_count) as evidence_count,
    max(last_event_id) as last_event_id,
    1.0 as confidence
from tagged
group by patient_id, tag_id
