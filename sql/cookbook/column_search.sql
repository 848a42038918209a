-- title_zh: 查找字段
-- title_en: Find a column
-- question: Which tables have a column about something?
select table_name, column_name, data_type, description
from meta.columns
where column_name like '%ratio%' or description like '%share%'
order by table_name, column_name
