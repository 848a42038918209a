-- Adherence per drug class: pairs counted, adherent pairs and mean PDC.
-- $line: filter, '' for all; $period: r90, r180, r365
select
    c.drug_class_code,
    c.line_code,
    c.name_zh,
    c.name_en,
    c.adherence_threshold,
    count(*) as counted,
    count(*) filter (where a.covered_days * 100 >= cast(round(c.adherence_threshold * 100) as bigint) * a.treatment_days) as adherent,
    avg(a.pdc_ratio) as mean_pdc
from fct_adherence a
join dim_drug_classes c using (drug_class_code)
where a.period_code = $period and ($line = '' or a.line_code = $line) and (a.is_eligible or ($period = 'r90' and a.fill_date_count >= 2))
group by all
order by c.line_code, c.drug_class_code
