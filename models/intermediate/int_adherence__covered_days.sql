-- Days of the treatment period on which at least one drug of the class was in stock: the union of the
-- supply intervals, counted by what each adds beyond the furthest end before it.
-- grain: patient_id, drug_class_code, period_code
-- inputs: int_adherence__supply
-- by: patient_id
with reached as (
    select
        *,
        max(to_position) over (
            partition by patient_id, drug_class_code, period_code order by from_position, to_position, stock, fill_date
            rows between unbounded preceding and 1 preceding
        ) as covered_before
    from int_adherence__supply
    where to_position > from_position
)

select
    patient_id,
    drug_class_code,
    period_code,
    cast(sum(greatest(0, to_position - greatest(from_position, coalesce(covered_before, from_position)))) as integer) as covered_days
from reached
group by patient_id, drug_class_code, period_code
