-- An article of a drug that the drug table lacks. Correct the line of disease.
-- severity: error
-- denominator: dim_products
-- inputs: dim_products, dim_drugs
select p.sku
from dim_products as p
left join dim_drugs as d on d.drug_code = p.drug_code
group by p.sku
having bool_or(d.drug_code is null)
