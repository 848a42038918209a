-- Drugs by their English name; ingredients are joined by ";", several for a combination product.
create table ref.drugs (drug_code varchar, drug_class_code varchar, line_code varchar, name_zh varchar, ingredients varchar);
