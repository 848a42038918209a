-- The disease lines, for filters and labels.
select line_code, name_zh, name_en
from dim_lines
order by line_code
