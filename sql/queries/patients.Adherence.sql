-- Adherence of one person per drug class over the rolling periods.
-- $patient: patient_id
select
    a.drug_class_code,
    coalesce(c.name_zh, a.drug_class_code) as name_zh,
    coalesce(c.name_en, a.drug_class_code) as name_en,
    coalesce(c.adherence_threshold, 0.8) as adherence_threshold,
    a.period_code,
    cast(a.fill_count as bigint) as fill_count,
    cast(a.covered_days as bigint) as covered_days,
    cast(a.treatment_days as bigint) as treatment_days,
    a.pdc_ratio,
    a.is_eligible,
    coalesce(a.is_adherent, false) as is_adherent,
    coalesce(a.ineligible_reason, '') as ineligible_reason
from fct_adherence a
left join dim_drug_classes c using (drug_class_code)
where a.patient_id = $patient and a.period_code in ('r90', 'r180', 'r365')
order by a.drug_class_code, length(a.period_code), a.period_code
