-- title_zh: 病种的用药依从
-- title_en: CMA by line of disease
-- question: What is the mean CMA of each line of disease, over the classes that a patient takes?
select line_code, window_code, count(*) as patient_count, avg(class_count) as mean_class_count, avg(cma2) as mean_cma2, avg(cma7) as mean_cma7, avg(cma9) as mean_cma9
from fct_cma_by_line
group by line_code, window_code
order by line_code, window_code
