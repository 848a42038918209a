-- title_zh: 处方未取药率
-- title_en: Primary non-adherence
-- question: How many first prescriptions were filled in time, late, or never?
select line_code, status, count(*) as patients, count(*) / sum(count(*)) over (partition by line_code) as ratio
from fct_first_fills
group by line_code, status
order by line_code, status
