-- Persons of the generator, patients of the warehouse, and persons that are exactly one patient.
with pairs as (
    select distinct keys.person_no, patients.patient_id
    from truth.keys as keys
    inner join warehouse.dim_patient_keys as patients on patients.patient_key = keys.patient_key
    where keys.patient_key not in (select patient_key from truth.shared)
),
per_person as (
    select person_no, count(*) as patient_count from pairs group by person_no
)
select
    'persons' as measure,
    (select count(distinct person_no) from truth.keys) as truth,
    (select count(*) from warehouse.dim_patients) as warehouse,
    (select count(*) from per_person where patient_count = 1) as agree
