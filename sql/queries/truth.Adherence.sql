-- Patients × drug class × period: rows with the same covered and treatment days, and adherent ones.
with expected as (
    select
        persons.patient_id,
        adherence.drug_class,
        adherence.period_code,
        adherence.covered_days,
        adherence.treatment_days,
        adherence.is_eligible,
        adherence.is_eligible and adherence.is_adherent as is_adherent
    from truth.adherence as adherence
    inner join truth.people as persons on persons.person_no = adherence.person_no
),
found as (
    select
        patient_id,
        drug_class_code as drug_class,
        period_code,
        covered_days,
        treatment_days,
        is_eligible,
        is_eligible and is_adherent as is_adherent
    from warehouse.fct_adherence
    where period_code in (select period_code from expected)
),
shared as (
    select period_code, is_adherent from
        (select * from expected intersect all select * from found)
)
select
    'adherence rows ' || period_code as measure,
    count(*) as truth,
    (select count(*) from found where found.period_code = expected.period_code) as warehouse,
    (select count(*) from shared where shared.period_code = expected.period_code) as agree
from expected
group by period_code
union all
select
    'adherent patients × class ' || period_code,
    count(*) filter (where is_adherent),
    (select count(*) from found where found.period_code = expected.period_code and found.is_adherent),
    (select count(*) from shared where shared.period_code = expected.period_code and shared.is_adherent)
from expected
group by period_code
order by 1
