-- A tag that models or text give and the catalogue does not list, so that nobody sees it. Add it or drop the rule.
-- severity: warn
-- denominator: int_tags__all
-- inputs: int_tags__all, dim_tags
select g.patient_id, g.tag_id
from int_tags__all as g
anti join dim_tags as t on t.tag_id = g.tag_id
