-- Fills that were not undone, by claim, day, drug and supply.
with expected as (
    select persons.patient_id, fills.claim_id, fills.fill_date, fills.drug, fills.days_supply
    from truth.fills as fills
    inner join truth.people as persons on persons.person_no = fills.person_no
    where not fills.undone
)
select
    'fills' as measure,
    (select count(*) from expected) as truth,
    (select count(*) from warehouse.fct_fills) as warehouse,
    (
        select count(*)
        from expected
        inner join warehouse.fct_fills as found
            on found.patient_id = expected.patient_id and found.claim_id = expected.claim_id
            and found.fill_date = expected.fill_date and found.drug_code = expected.drug
            and found.days_supply = expected.days_supply
    ) as agree
