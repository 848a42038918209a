-- Pairs of keys that are one person in the truth, in the warehouse and in both: agree / warehouse is the precision,
-- agree / truth the recall. Then the keys of several persons, and those that the warehouse lists as a conflict.
with keys as (
    select keys.person_no, keys.patient_key, found.patient_id
    from truth.keys as keys
    left join warehouse.dim_patient_keys as found on found.patient_key = keys.patient_key
    where keys.patient_key not in (select patient_key from truth.shared)
),
persons as (
    select count(*) as keys from keys group by person_no
),
patients as (
    select count(*) as keys from keys where patient_id is not null group by patient_id
),
joined as (
    select count(*) as keys from keys where patient_id is not null group by person_no, patient_id
),
conflicts as (
    select distinct patient_key from warehouse.fct_identity_conflicts where reason in ('shared', 'crowded')
)
select
    'pairs of keys of one person' as measure,
    (select cast(sum(keys * (keys - 1) / 2) as bigint) from persons) as truth,
    (select cast(sum(keys * (keys - 1) / 2) as bigint) from patients) as warehouse,
    (select cast(sum(keys * (keys - 1) / 2) as bigint) from joined) as agree
union all
select
    'keys that people share',
    (select count(*) from truth.shared),
    (select count(*) from conflicts),
    (select count(*) from conflicts semi join truth.shared as shared on shared.patient_key = conflicts.patient_key)
