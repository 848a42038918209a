-- Tags of the course of a value: pain that fell by 2 points and 30 % from the first 30 days, kidney values that stay
-- low, albumin in the urine in two of the last three tests, the heart under anti-HER2 therapy, steroids of more than 2 g
-- prednisone within any 90 days; and of LDL, whose limit depends on the history.
-- grain: patient_id, tag_id
-- inputs: int_measurements__readings, int_tags__treatments, int_tags__diagnoses, ref.settings
-- by: patient_id
-- gives: ldl_high, vas_improved, bc_lvef_drop, ckd, dm_nephropathy, steroid_history
with values_seen as (
    select patient_id, kind, value, event_at, event_date, source, event_id, ordinal
    from int_measurements__readings
    where kind in ('egfr', 'ldl', 'vas', 'lvef', 'uacr', 'steroid_dose')
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
    select v.patient_id, v.kind, avg(exact(v.value)) as value
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

-- Albumin of 30 mg/g or more in two of the last three tests of 180 days.
albumins as (
    select patient_id, min(event_date) as valid_from, max(event_date) as last_date, count(*) as evidence_count,
        max_by(event_id, (event_at, event_id)) as last_event_id
    from (
        select v.*
        from values_seen as v
        join ref.settings as s on v.event_date > s.as_of - 180
        where v.kind = 'uacr'
        qualify row_number() over (partition by v.patient_id order by v.event_at desc, v.event_id desc, v.ordinal desc) <= 3
    )
    where value >= 30
    group by patient_id
    having count(*) >= 2
),

steroids as (
    select distinct v.patient_id, v.event_date, v.event_id
    from values_seen as v
    join values_seen as o on o.patient_id = v.patient_id and o.kind = v.kind and o.event_date > v.event_date - 90 and o.event_date <= v.event_date
    where v.kind = 'steroid_dose'
    group by v.patient_id, v.source, v.event_id, v.ordinal, v.event_date
    having sum(exact(o.value)) > 2000
),

tagged as (
    select
        n.patient_id, 'ldl_high' as tag_id, n.event_date as valid_from, n.event_date as last_date,
        1 as evidence_count, n.event_id as last_event_id
    from newest as n
    join ref.settings as s on n.event_date > s.as_of - 365
    left join (select patient_id from int_tags__diagnoses where tag_id = 'cvd_history') as d on d.patient_id = n.patient_id
    where n.kind = 'ldl' and n.value >= case when d.patient_id is null then 2.6 else 1.8 end
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
    select k.patient_id, 'ckd' as tag_id, k.valid_from, k.last_date, k.evidence_count, k.last_event_id
    from kidneys as k
    union all
    select
        patient_id, 'steroid_history' as tag_id, min(event_date) as valid_from, max(event_date) as last_date,
        count(*) as evidence_count, max_by(event_id, (event_date, event_id)) as last_event_id
    from steroids
    group by patient_id
    union all
    select a.patient_id, 'dm_nephropathy' as tag_id, a.valid_from, a.last_date, a.evidence_count, a.last_event_id
    from albumins as a
    semi join (select patient_id from int_tags__diagnoses where tag_id in ('dm_type1', 'dm_type2')) as d on d.patient_id = a.patient_id
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
