-- Days on which a patient has medicine, as stretches without a gap, three times: of any medicine (scope any, code ''),
-- of a line of disease (scope line) and of a therapeutic class (scope class). A combination counts in each of its classes.
-- grain: patient_id, scope, code, start_date
-- inputs: int_fills__accepted, int_drugs__targets
-- by: patient_id
with supplies as ( -- each once, as the windows below number rows that are alike in any order
    select patient_id, 'any' as scope, '' as code, supply_start_date, supply_end_date
    from int_fills__accepted
    union
    select patient_id, 'line' as scope, drug_line_code as code, supply_start_date, supply_end_date
    from int_fills__accepted
    union
    select f.patient_id, 'class' as scope, t.drug_class_code as code, f.supply_start_date, f.supply_end_date
    from int_fills__accepted as f
    join (select distinct drug_code, drug_class_code from int_drugs__targets) as t on t.drug_code = f.drug_code
),

reached as (
    select
        *,
        max(supply_end_date) over (
            partition by patient_id, scope, code order by supply_start_date, supply_end_date
            rows between unbounded preceding and 1 preceding
        ) as end_before
    from supplies
),

islands as (
    select
        *,
        sum(case when supply_start_date <= end_before + 1 then 0 else 1 end) over (
            partition by patient_id, scope, code order by supply_start_date, supply_end_date rows unbounded preceding
        ) as island
    from reached
)

select
    patient_id,
    scope,
    code,
    min(supply_start_date) as start_date,
    max(supply_end_date) as end_date
from islands
group by patient_id, scope, code, island
