-- Pairs of ingredients that somebody has to look at when a patient has both in stock.
create table ref.interactions (ingredient_a varchar, ingredient_b varchar, reason varchar);
