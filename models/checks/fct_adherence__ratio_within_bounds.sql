-- Covered days lie outside 0 to treatment days.
-- severity: error
-- denominator: fct_adherence
-- inputs: fct_adherence
select patient_id, drug_class_code, period_code
from fct_adherence
where covered_days < 0 or covered_days > treatment_days or pdc_ratio < 0 or pdc_ratio > 1
