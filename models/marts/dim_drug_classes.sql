-- Therapeutic classes, the unit of the adherence measure.
-- grain: drug_class_code
-- inputs: ref.drug_classes
-- drug_class_code: code of the class
-- line_code: line of disease
-- name_zh: Chinese name
-- name_en: English name
-- adherence_threshold: pdc_ratio from which a patient is adherent, 0 to 1
select
    drug_class_code,
    line_code,
    name_zh,
    name_en,
    adherence_threshold
from ref.drug_classes
