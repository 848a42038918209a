-- Proportion of days covered of single drugs, by the rules of fct_adherence: one row for every patient, ingredient
-- and rolling period with a counted fill. The treatment period starts with the first fill of the drug.
-- grain: patient_id, drug_code, period_code
-- inputs: int_adherence__supply, int_adherence__windows, ref.drug_classes, ref.adherence_settings
-- by: patient_id
-- patient_id: the person
-- drug_code: drug; a combination product counts for each of its ingredients
-- period_code: r90, r180, r365, which end on the business day
-- drug_class_code: therapeutic class in which the drug counts
-- line_code: line of disease of the class
-- treatment_start: first fill of the drug in the period
-- treatment_end: earliest of period end, death and leaving the programme, inclusive
-- fill_date_count: different days with a fill of the drug
-- covered_days: days of the treatment period with the drug in stock
-- treatment_days: days of the treatment period
-- pdc_ratio: covered_days / treatment_days, 0 to 1, not rounded
-- is_eligible: at least 2 fill dates and at least 91 days from treatment_start to treatment_end
-- is_adherent: covered_days reach the threshold of the class; empty when not eligible
with measured as (
    select
        s.patient_id,
        s.stock as drug_code,
        s.period_code,
        s.drug_class_code,
        greatest(min(s.fill_date), w.treatment_start) as treatment_start,
        w.treatment_end,
        count(*) filter (where s.fill_date >= w.period_start) as fill_date_count,
        sum(greatest(0, s.to_position - s.from_position)) as covered_days,
        w.end_position - min(s.from_position) as treatment_days
    from int_adherence__supply as s
    join int_adherence__windows as w
        on w.patient_id = s.patient_id and w.drug_class_code = s.drug_class_code and w.period_code = s.period_code
    where s.period_code in ('r90', 'r180', 'r365')
    group by s.patient_id, s.stock, s.period_code, s.drug_class_code, w.treatment_start, w.treatment_end, w.end_position
),

judged as (
    select
        m.*,
        ineligible_reason(
            m.fill_date_count, a.min_fill_dates, m.treatment_end - m.treatment_start + 1, a.min_treatment_days, m.treatment_days
        ) = '' as is_eligible
    from measured as m
    cross join ref.adherence_settings as a
)

select
    j.patient_id,
    j.drug_code,
    j.period_code,
    j.drug_class_code,
    coalesce(k.line_code, '') as line_code,
    j.treatment_start,
    j.treatment_end,
    cast(j.fill_date_count as integer) as fill_date_count,
    cast(j.covered_days as integer) as covered_days,
    cast(j.treatment_days as integer) as treatment_days,
    j.covered_days / nullif(j.treatment_days, 0) as pdc_ratio,
    j.is_eligible,
    case when j.is_eligible then reaches_share(j.covered_days, j.treatment_days, k.adherence_threshold) end as is_adherent
from judged as j
left join ref.drug_classes as k on k.drug_class_code = j.drug_class_code
order by j.patient_id, j.drug_code, j.period_code
