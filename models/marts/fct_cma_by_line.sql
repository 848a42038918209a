-- CMA1 to CMA9 of a line of disease: the means over the classes of the line that the patient has ever filled, each class
-- counted once, as AdhereR's CMA_polypharmacy does. Fills of different classes are never added up.
-- grain: patient_id, line_code, window_code
-- inputs: fct_cma
-- by: patient_id
-- patient_id: the person
-- line_code: line of disease
-- window_code: r180 or r365: the days that the observation window lasts
-- class_count: classes with a fill up to the end of the window
-- fill_count: fills inside the window; a combination counts in each of its classes
-- cma1: mean of the classes that have a value, empty when none has
-- cma2: the same
-- cma3: the same
-- cma4: the same
-- cma5: the same
-- cma6: the same
-- cma7: the same
-- cma8: the same
-- cma9: the same
select
    patient_id,
    line_code,
    window_code,
    cast(count(*) as integer) as class_count,
    cast(sum(fill_count) as integer) as fill_count,
    avg(exact(cma1)) as cma1,
    avg(exact(cma2)) as cma2,
    avg(exact(cma3)) as cma3,
    avg(exact(cma4)) as cma4,
    avg(exact(cma5)) as cma5,
    avg(exact(cma6)) as cma6,
    avg(exact(cma7)) as cma7,
    avg(exact(cma8)) as cma8,
    avg(exact(cma9)) as cma9
from fct_cma
group by patient_id, line_code, window_code
order by patient_id, line_code, window_code
