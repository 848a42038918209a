-- title_zh: 滑动窗口的用药依从
-- title_en: CMA in sliding windows
-- question: How does the mean CMA7 of each class move over the last year, in windows of 90 days?
select line_code, drug_class_code, window_no, min(start_date) as start_date, max(end_date) as end_date, count(*) as patient_count, avg(cma7) as mean_cma7
from fct_cma_sliding
group by line_code, drug_class_code, window_no
order by line_code, drug_class_code, window_no
