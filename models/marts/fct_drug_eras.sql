-- Drug eras by the rules of OHDSI: exposures of a patient to an ingredient belong to one era when each starts at most
-- 30 days after the latest end before it. An exposure runs from the fill over its days of supply, not shifted.
-- grain: patient_id, drug_code, era_start_date
-- inputs: int_fills__accepted, int_drugs__targets
-- by: patient_id
-- patient_id: the person
-- drug_code: ingredient
-- era_start_date: first day of the era
-- era_end_date: last day of supply in the era, which can lie after the business day
-- line_code: line of disease of the drug
-- drug_class_code: therapeutic class in which the ingredient counts
-- exposure_count: fills in the era
-- era_days: era_end_date - era_start_date + 1
-- gap_days: days of the era that no fill covers
with exposures as (
    select
        f.patient_id,
        t.ingredient as drug_code,
        min(t.line_code) as line_code,
        min(t.drug_class_code) as drug_class_code,
        f.source,
        f.event_id,
        f.ordinal,
        f.event_date as start_date,
        f.event_date + (f.days_supply - 1) as end_date
    from int_fills__accepted as f
    join int_drugs__targets as t on t.drug_code = f.drug_code
    group by f.patient_id, t.ingredient, f.source, f.event_id, f.ordinal, f.event_date, f.days_supply
),

reached as (
    select
        *,
        max(end_date) over (
            partition by patient_id, drug_code order by start_date, end_date, source, event_id, ordinal
            rows between unbounded preceding and 1 preceding
        ) as end_before
    from exposures
),

islands as (
    select
        *,
        sum(case when start_date - end_before <= 30 then 0 else 1 end) over (
            partition by patient_id, drug_code order by start_date, end_date, source, event_id, ordinal rows unbounded preceding
        ) as island
    from reached
)

select
    patient_id,
    drug_code,
    min(start_date) as era_start_date,
    max(end_date) as era_end_date,
    min(line_code) as line_code,
    min(drug_class_code) as drug_class_code,
    cast(count(*) as integer) as exposure_count,
    cast(max(end_date) - min(start_date) + 1 as integer) as era_days,
    cast(coalesce(sum(case when start_date - end_before between 2 and 30 then start_date - end_before - 1 end), 0) as integer) as gap_days
from islands
group by patient_id, drug_code, island
order by patient_id, drug_code, era_start_date
