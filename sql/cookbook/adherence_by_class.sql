-- title_zh: 各药物类别的依从率
-- title_en: Adherence by therapeutic class
-- question: How many eligible patients of each class are adherent over 180 days, and what is their mean PDC?
select
    a.line_code,
    c.name_zh,
    count(*) as eligible,
    count(*) filter (where a.is_adherent) as adherent,
    round(avg(a.pdc_ratio), 4) as mean_pdc
from fct_adherence as a
join dim_drug_classes as c on c.drug_class_code = a.drug_class_code
where a.period_code = 'r180' and a.is_eligible
group by a.line_code, c.name_zh
order by a.line_code, eligible desc
