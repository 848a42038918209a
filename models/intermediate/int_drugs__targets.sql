-- Which ingredient of a drug counts for which class. A combination product counts for each of its
-- ingredients: in the class of the ingredient when that is a drug of its own, else in the class of the product.
-- A dispensed drug that no line lists is its own ingredient and class.
-- grain: drug_code, drug_class_code, ingredient
-- inputs: ref.drugs, ref.drug_classes, int_prescriptions__items
with ingredients as (
    select
        drug_code,
        drug_class_code as own_class,
        trim(unnest(string_split(coalesce(nullif(ingredients, ''), drug_code), ';'))) as ingredient
    from ref.drugs
),

classed as (
    select
        i.drug_code,
        i.own_class,
        i.ingredient,
        coalesce(d.drug_class_code, '') as ingredient_class,
        bool_or(coalesce(d.drug_class_code, '') = i.own_class) over (partition by i.drug_code) as has_own_ingredient
    from ingredients as i
    left join ref.drugs as d on d.drug_code = i.ingredient
),

counted as (
    select drug_code, own_class as drug_class_code, ingredient
    from classed
    where ingredient_class = own_class or not has_own_ingredient
    union
    select drug_code, ingredient_class as drug_class_code, ingredient
    from classed
    where ingredient_class <> ''
    union
    select drug_code, drug_code as drug_class_code, drug_code as ingredient
    from int_prescriptions__items
    where is_drug and drug_code not in (select drug_code from ref.drugs)
)

select
    c.drug_code,
    c.drug_class_code,
    c.ingredient,
    coalesce(k.line_code, '') as line_code,
    coalesce(k.adherence_threshold, 0.8) as adherence_threshold
from counted as c
left join ref.drug_classes as k on k.drug_class_code = c.drug_class_code
