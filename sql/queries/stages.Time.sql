-- How long people are in each stage: stays that have ended, with the median and the 90th percentile of their days, and
-- how many people are in it now.
-- $line, $owner: filters, '' for all
select
    h.stage_code,
    count(*) filter (where h.to_date is not null) as ended,
    median(h.stage_days) filter (where h.to_date is not null) as median_days,
    quantile_cont(h.stage_days, 0.9) filter (where h.to_date is not null) as p90_days,
    count(*) filter (where h.to_date is null) as now_there
from fct_stage_history h
join dim_patients p using (patient_id)
where ($line = '' or h.line_code = $line) and ($owner = '' or p.owner_staff_id = $owner)
group by h.stage_code
order by h.stage_code
