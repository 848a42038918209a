-- The drug classes with their line, for filters and labels.
select drug_class_code, line_code, name_zh, name_en
from dim_drug_classes
order by line_code, drug_class_code
