-- Where patients who have filled stand with their next refill, and whether they can still be adherent this calendar
-- year: even without another day missed, pdc_ratio over the year cannot pass what the missed days leave.
-- grain: patient_id, line_code, drug_class_code
-- inputs: int_persistence__spells, fct_adherence, ref.drug_classes, ref.settings
-- by: patient_id
-- patient_id: the person
-- line_code: line of disease of the medicine
-- drug_class_code: therapeutic class; empty for all medicine of the line together
-- last_covered_date: last day that the shifted supply reaches
-- run_out_date: the day after, on which a refill is due
-- days_late: days since then, the business day included; 0 while there is supply
-- refill_band: covered, late_1_7, late_8_28, late_29_90 or late_over_90; gone when the patient died or left
-- year_covered_days: days covered from the first fill of this year to the business day; empty without one and for the line
-- year_missed_days: days not covered in that time
-- year_treatment_days: days from the first fill of this year to 31 December
-- year_missable_days: days that may still be missed with the threshold of the class reached; negative: by how many it is missed
-- can_reach_threshold: year_missable_days is not negative
with supplied as (
    select
        patient_id,
        line_code,
        drug_class_code,
        max(spell_end_date) as last_covered_date,
        any_value(observed_why) as observed_why
    from int_persistence__spells
    group by patient_id, line_code, drug_class_code
),

years as (
    select
        a.patient_id,
        a.drug_class_code,
        a.covered_days,
        a.treatment_days - a.covered_days as missed_days,
        a.treatment_days + date_diff('day', s.as_of, make_date(year(s.as_of), 12, 31)) as year_days,
        cast(round(coalesce(k.adherence_threshold, 0.8) * 10000) as bigint) as threshold
    from fct_adherence as a
    cross join ref.settings as s
    left join ref.drug_classes as k on k.drug_class_code = a.drug_class_code
    where a.period_code = 'ytd' and a.treatment_end = s.as_of
)

select
    p.patient_id,
    p.line_code,
    p.drug_class_code,
    p.last_covered_date,
    p.last_covered_date + 1 as run_out_date,
    cast(greatest(0, s.as_of - p.last_covered_date) as integer) as days_late,
    case
        when p.observed_why <> 'end_of_data' then 'gone'
        when s.as_of <= p.last_covered_date then 'covered'
        when s.as_of - p.last_covered_date <= 7 then 'late_1_7'
        when s.as_of - p.last_covered_date <= 28 then 'late_8_28'
        when s.as_of - p.last_covered_date <= 90 then 'late_29_90'
        else 'late_over_90'
    end as refill_band,
    y.covered_days as year_covered_days,
    y.missed_days as year_missed_days,
    cast(y.year_days as integer) as year_treatment_days,
    -- In integers: of the days of the year, as many may be missed as leave the threshold.
    cast(floor((10000 - y.threshold) * y.year_days / 10000) - y.missed_days as integer) as year_missable_days,
    (y.year_days - y.missed_days) * 10000 >= y.threshold * y.year_days as can_reach_threshold
from supplied as p
cross join ref.settings as s
left join years as y on y.patient_id = p.patient_id and y.drug_class_code = p.drug_class_code
order by p.patient_id, p.line_code, p.drug_class_code
