-- The tables of the warehouse with their columns: what a role's views are made over, and what a statement may read.
select c.table_schema, c.table_name, c.column_name
from information_schema.columns c
where c.table_catalog = current_database() and c.table_schema in ('main', 'meta')
order by c.table_schema, c.table_name, c.ordinal_position
