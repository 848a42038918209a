-- Proportion of days covered by the rules of PQA and CMS: one row for every patient, therapeutic class and
-- measurement period with a counted fill, eligible or not. The settings stand in dim_adherence_settings.
-- grain: patient_id, drug_class_code, period_code
-- inputs: int_adherence__windows, int_adherence__covered_days, ref.drug_classes, ref.adherence_settings
-- by: patient_id
-- patient_id: the person
-- drug_class_code: therapeutic class; a combination product counts in the class of each ingredient
-- period_code: r90, r180, r365 end on the business day; ytd is this calendar year to it; m2026-01 is the 180 days that end with that month
-- line_code: line of disease of the class
-- period_start: first day of the measurement period
-- period_end: last day of the measurement period
-- treatment_start: index date, the first fill in the period
-- treatment_end: earliest of period end, death and leaving the programme, inclusive
-- fill_count: accepted fills of the class in the treatment period
-- fill_date_count: different days with a fill
-- covered_days: days of the treatment period with at least one drug of the class in stock
-- treatment_days: days of the treatment period; under inpatient = cms without days in hospital
-- pdc_ratio: covered_days / treatment_days, 0 to 1, not rounded
-- is_eligible: at least 2 fill dates, at least 91 days from treatment_start to treatment_end, and not all of them in hospital
-- is_adherent: covered_days reach the threshold of the class (0.80 unless the class says otherwise); empty when not eligible
-- ineligible_reason: few_fill_dates, short_treatment or no_treatment_days (all in hospital), empty when eligible
with measured as (
    select
        w.*,
        coalesce(c.covered_days, 0) as covered_days,
        cast(w.end_position - w.start_position as integer) as treatment_days,
        ineligible_reason(
            w.fill_date_count, a.min_fill_dates, w.treatment_end - w.treatment_start + 1, a.min_treatment_days, w.end_position - w.start_position
        ) as ineligible_reason
    from int_adherence__windows as w
    left join int_adherence__covered_days as c
        on c.patient_id = w.patient_id and c.drug_class_code = w.drug_class_code and c.period_code = w.period_code
    cross join ref.adherence_settings as a
)

select
    m.patient_id,
    m.drug_class_code,
    m.period_code,
    coalesce(k.line_code, '') as line_code,
    m.period_start,
    m.period_end,
    m.treatment_start,
    m.treatment_end,
    cast(m.fill_count as integer) as fill_count,
    cast(m.fill_date_count as integer) as fill_date_count,
    m.covered_days,
    m.treatment_days,
    m.covered_days / nullif(m.treatment_days, 0) as pdc_ratio,
    m.ineligible_reason = '' as is_eligible,
    case when m.ineligible_reason = '' then reaches_share(m.covered_days, m.treatment_days, k.adherence_threshold) end as is_adherent,
    m.ineligible_reason
from measured as m
left join ref.drug_classes as k on k.drug_class_code = m.drug_class_code
order by m.patient_id, m.drug_class_code, m.period_code
