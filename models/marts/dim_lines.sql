-- Lines of disease.
-- grain: line_code
-- inputs: ref.lines
-- line_code: code of the line
-- name_zh: Chinese name
-- name_en: English name
-- icd10_codes: ICD-10 categories of the line, joined by ;
select
    line_code,
    name_zh,
    name_en,
    icd10_codes
from ref.lines
