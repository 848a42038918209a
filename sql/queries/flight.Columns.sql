-- Every table of the warehouse with its columns and their types as DuckDB writes them, for clients of Flight SQL.
select c.table_schema, c.table_name, c.column_name, c.data_type
from information_schema.columns c
where c.table_catalog = current_database() and c.table_schema in ('main', 'meta')
order by c.table_schema, c.table_name, c.ordinal_position
