-- Adherence per disease line: pairs counted, adherent pairs and mean PDC.
-- $class: filter, '' for all; $period: r90, r180, r365
select
    a.line_code,
    coalesce(l.name_zh, '未分病种') as name_zh,
    coalesce(l.name_en, 'no line') as name_en,
    count(*) as counted,
    count(*) filter (where a.covered_days * 100 >= cast(round(c.adherence_threshold * 100) as bigint) * a.treatment_days) as adherent,
    avg(a.pdc_ratio) as mean_pdc
from fct_adherence a
join dim_drug_classes c using (drug_class_code)
left join dim_lines l on l.line_code = a.line_code
where a.period_code = $period and ($class = '' or a.drug_class_code = $class) and (a.is_eligible or ($period = 'r90' and a.fill_date_count >= 2))
group by all
order by a.line_code
