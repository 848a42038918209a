-- Therapeutic classes, the unit of the adherence measure. A dispensed drug that no line lists is a class of its own.
-- grain: drug_class_code
-- inputs: ref.drug_classes, int_drugs__targets
-- drug_class_code: code of the class
-- line_code: line of disease, '' for a drug that no line lists
-- name_zh: Chinese name
-- name_en: English name
-- adherence_threshold: pdc_ratio from which a patient is adherent, 0 to 1
with unlisted as (
    select distinct drug_class_code, line_code, adherence_threshold
    from int_drugs__targets
    where drug_class_code not in (select drug_class_code from ref.drug_classes)
)

select
    drug_class_code,
    line_code,
    name_zh,
    name_en,
    adherence_threshold
from ref.drug_classes
union all
select
    drug_class_code,
    line_code,
    replace(drug_class_code, '_', ' ') as name_zh,
    replace(drug_class_code, '_', ' ') as name_en,
    adherence_threshold
from unlisted
