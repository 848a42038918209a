-- Mean PDC and the share at or above the threshold, for the 180 days that end with each month.
-- $line, $class: filters, '' for all
select
    substr(period_code, 2) as month,
    count(*) filter (where is_eligible) as counted,
    count(*) filter (where is_adherent) as adherent,
    coalesce(avg(pdc_ratio) filter (where is_eligible), 0) as mean_pdc
from fct_adherence
where period_code like 'm%' and ($line = '' or line_code = $line) and ($class = '' or drug_class_code = $class)
group by period_code
order by month
