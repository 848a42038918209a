-- title_zh: 九种用药可得性指标对比
-- title_en: Nine measures of availability compared
-- question: How far do CMA1 to CMA9 differ for patients treated since before the window?
select
    line_code,
    count(*) as patients,
    avg(cma1) as cma1, avg(cma2) as cma2, avg(cma3) as cma3, avg(cma4) as cma4, avg(cma5) as cma5,
    avg(cma6) as cma6, avg(cma7) as cma7, avg(cma8) as cma8, avg(cma9) as cma9
from fct_cma
where window_code = 'r180' and is_started_before
group by line_code
order by line_code
