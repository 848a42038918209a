-- The continuous measures of medication availability CMA1 to CMA9 of Dima and Dediu, for every patient and class: the
-- observation window ends on the business day, the follow-up starts with the first fill. Supply that is left over is
-- carried to the next fill, whatever its drug. The same numbers as phdp adherence cma.
-- grain: patient_id, drug_class_code, window_code
-- inputs: int_cma__measures, int_drugs__targets
-- by: patient_id
-- patient_id: the person
-- drug_class_code: therapeutic class
-- window_code: r180 or r365: the days that the observation window lasts
-- line_code: line of disease of the class
-- fill_count: fills inside the window
-- is_started_before: the first fill ever lies before the window; else its days before the first fill count as a gap in CMA7 to CMA9
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
    s.window_code,
    c.line_code,
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
where s.window_code in ('r180', 'r365')
order by s.patient_id, s.drug_class_code, s.window_code
