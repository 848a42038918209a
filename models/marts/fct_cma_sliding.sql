-- CMA1 to CMA9 in sliding windows: ten observation windows of 90 days that start every 30 days in the 365 days before the
-- business day, so that a change shows. Each window is as one of fct_cma. The same numbers as phdp adherence sliding.
-- grain: patient_id, drug_class_code, window_no
-- inputs: int_cma__measures, int_drugs__targets
-- by: patient_id
-- patient_id: the person
-- drug_class_code: therapeutic class
-- window_no: 1 is the earliest, 10 the newest
-- line_code: line of disease of the class
-- start_date: first day of the window
-- end_date: start_date + 90 days; a fill on it belongs to the window
-- fill_count: fills inside the window
-- is_started_before: the first fill ever lies before the window
-- cma1: supply of all but the last fill / days from first to last; empty with fills on one day only; can exceed 1
-- cma2: supply of all fills / days from the first to the end of the window; can exceed 1
-- cma3: cma1, at most 1
-- cma4: cma2, at most 1
-- cma5: days with medicine / days from first to last fill, with carry-over inside the window
-- cma6: the same from the first fill to the end of the window
-- cma7: share of the days of the window that are not in a gap, with carry-over from before
-- cma8: the same from the day on which earlier supply ends
-- cma9: supply of each fill spread evenly over the days to the next one, averaged over the days of the window
select
    s.patient_id,
    s.drug_class_code,
    cast(substr(s.window_code, 2) as integer) as window_no,
    c.line_code,
    date '1970-01-01' + cast(s.from_day as integer) as start_date,
    date '1970-01-01' + cast(s.to_day as integer) as end_date,
    s.fill_count,
    s.is_started_before,
    s.cma1,
    s.cma2,
    s.cma3,
    s.cma4,
    s.cma5,
    s.cma6,
    s.cma7,
    s.cma8,
    s.cma9
from int_cma__measures as s
join (select distinct drug_class_code, line_code from int_drugs__targets) as c on c.drug_class_code = s.drug_class_code
where s.window_code like 's%'
order by s.patient_id, s.drug_class_code, window_no
