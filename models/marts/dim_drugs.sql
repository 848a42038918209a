-- Drugs of the product table.
-- grain: drug_code
-- inputs: ref.drugs
-- drug_code: English name, lower case with underscores
-- drug_class_code: therapeutic class
-- line_code: line of disease
-- name_zh: Chinese name
-- ingredients: ingredients, joined by ; for a combination product
select
    drug_code,
    drug_class_code,
    line_code,
    name_zh,
    ingredients
from ref.drugs
