-- A capped measure lies outside 0 to 1, or a capped one above the measure that it caps.
-- severity: error
-- denominator: fct_cma
-- inputs: fct_cma
select patient_id, drug_class_code, window_code
from fct_cma
where least(cma3, cma4, cma5, cma6, cma7, cma8, cma9) < -1e-9 or greatest(cma3, cma4, cma5, cma6, cma7, cma8, cma9) > 1 + 1e-9
    or cma3 > cma1 + 1e-9 or cma4 > cma2 + 1e-9
