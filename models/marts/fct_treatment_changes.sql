-- New drugs of patients who have had another drug of the line: an add-on when an earlier drug goes on for 30 days or
-- more beside it, a switch when the earlier drug ends less than 30 days after the new one starts, or ended up to 60
-- days before. Only the first era of a drug counts as new.
-- grain: patient_id, line_code, to_drug_code
-- inputs: fct_drug_eras
-- by: patient_id
-- patient_id: the person
-- line_code: line of disease
-- to_drug_code: the new ingredient
-- change_date: first fill of it
-- from_drug_code: the earlier ingredient with the latest supply, ties by code
-- change_kind: add_on or switch
-- is_same_class: both drugs are of one therapeutic class
with first_eras as (
    select *
    from fct_drug_eras
    qualify row_number() over (partition by patient_id, drug_code order by era_start_date) = 1
),

pairs as (
    select
        n.patient_id,
        n.line_code,
        n.drug_code as to_drug_code,
        n.era_start_date as change_date,
        o.drug_code as from_drug_code,
        o.era_end_date >= n.era_start_date + 30 as is_kept,
        o.drug_class_code = n.drug_class_code as is_same_class,
        row_number() over (
            partition by n.patient_id, n.line_code, n.drug_code order by o.era_end_date desc, o.drug_code
        ) as rank_of_end
    from first_eras as n
    join fct_drug_eras as o
        on o.patient_id = n.patient_id and o.line_code = n.line_code and o.drug_code <> n.drug_code
        and o.era_start_date < n.era_start_date and o.era_end_date >= n.era_start_date - 60
)

select
    patient_id,
    line_code,
    to_drug_code,
    change_date,
    from_drug_code,
    case when is_kept then 'add_on' else 'switch' end as change_kind,
    is_same_class
from pairs
where rank_of_end = 1
order by patient_id, line_code, to_drug_code
