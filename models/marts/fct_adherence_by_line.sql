-- Proportion of days covered of all medicine of a line of disease together, by the rules of fct_adherence: a day is
-- covered when at least one drug of the line covers it. The treatment period starts with the first fill of the line.
-- grain: patient_id, line_code, period_code
-- inputs: int_adherence__supply, int_adherence__windows, int_drugs__targets, ref.adherence_settings
-- by: patient_id
-- patient_id: the person
-- line_code: line of disease of the medicine
-- period_code: r90, r180, r365, which end on the business day
-- treatment_start: first fill of the line in the period
-- treatment_end: earliest of period end, death and leaving the programme, inclusive
-- class_count: therapeutic classes with a fill in the period
-- fill_date_count: different days with a fill of the line
-- covered_days: days of the treatment period with at least one drug of the line in stock
-- treatment_days: days of the treatment period
-- pdc_ratio: covered_days / treatment_days, 0 to 1, not rounded
-- is_eligible: at least 2 fill dates and at least 91 days from treatment_start to treatment_end
-- is_adherent: covered_days are at least 0.80 of treatment_days; empty when not eligible
with classes as (
    select distinct drug_class_code, line_code
    from int_drugs__targets
),

supplies as (
    select
        s.patient_id,
        c.line_code,
        s.period_code,
        s.drug_class_code,
        s.fill_date,
        w.period_start,
        w.treatment_start,
        w.treatment_end,
        w.end_position,
        s.from_position,
        s.to_position,
        max(s.to_position) over (
            partition by s.patient_id, c.line_code, s.period_code order by s.from_position, s.to_position, s.stock, s.fill_date, s.drug_class_code
            rows between unbounded preceding and 1 preceding
        ) as covered_before
    from int_adherence__supply as s
    join int_adherence__windows as w
        on w.patient_id = s.patient_id and w.drug_class_code = s.drug_class_code and w.period_code = s.period_code
    join classes as c on c.drug_class_code = s.drug_class_code
    where s.period_code in ('r90', 'r180', 'r365')
),

measured as (
    select
        patient_id,
        line_code,
        period_code,
        min(treatment_start) as treatment_start,
        max(treatment_end) as treatment_end,
        count(distinct drug_class_code) as class_count,
        count(distinct fill_date) filter (where fill_date >= period_start) as fill_date_count,
        sum(greatest(0, to_position - greatest(from_position, coalesce(covered_before, from_position)))) as covered_days,
        max(end_position) - min(from_position) as treatment_days
    from supplies
    group by patient_id, line_code, period_code
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
    patient_id,
    line_code,
    period_code,
    treatment_start,
    treatment_end,
    cast(class_count as integer) as class_count,
    cast(fill_date_count as integer) as fill_date_count,
    cast(covered_days as integer) as covered_days,
    cast(treatment_days as integer) as treatment_days,
    covered_days / nullif(treatment_days, 0) as pdc_ratio,
    is_eligible,
    case when is_eligible then reaches_share(covered_days, treatment_days, 0.8) end as is_adherent
from judged
order by patient_id, line_code, period_code
