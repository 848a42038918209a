-- What was measured in the period: patient and drug class pairs, who is counted and why others are not.
-- PDC over 90 days cannot reach the 91 treatment days of the rule, so r90 counts everybody with two fill dates.
-- $line, $class: filters, '' for all; $period: r90, r180, r365
with pairs as (
    select
        a.*,
        a.is_eligible or ($period = 'r90' and a.fill_date_count >= 2) as is_counted,
        a.covered_days * 100 >= cast(round(c.adherence_threshold * 100) as bigint) * a.treatment_days as is_at_threshold
    from fct_adherence a
    join dim_drug_classes c using (drug_class_code)
    where a.period_code = $period and ($line = '' or a.line_code = $line) and ($class = '' or a.drug_class_code = $class)
)

select
    count(*) as pair_count,
    count(distinct patient_id) as patient_count,
    count(*) filter (where is_counted) as counted,
    count(*) filter (where is_counted and is_at_threshold) as adherent,
    coalesce(avg(pdc_ratio) filter (where is_counted), 0) as mean_pdc,
    coalesce(median(pdc_ratio) filter (where is_counted), 0) as median_pdc,
    count(*) filter (where not is_counted and fill_date_count < 2) as few_fills,
    count(*) filter (where not is_counted and fill_date_count >= 2) as short_period,
    coalesce(cast(min(period_start) as varchar), '') as period_start,
    coalesce(cast(max(period_end) as varchar), '') as period_end
from pairs
