-- Every column of the warehouse with its description, for the schema browser and for completion.
-- The catalogue of DuckDB is the truth; meta.columns adds the words.
select
    case when c.table_schema = 'main' then c.table_name else c.table_schema || '.' || c.table_name end as table_name,
    c.column_name,
    lower(c.data_type) as data_type,
    coalesce(m.description, '') as description
from information_schema.columns c
left join meta.columns m
    on m.column_name = c.column_name
    and m.table_name in (c.table_name, c.table_schema || '.' || c.table_name)
where c.table_catalog = current_database() and c.table_schema in ('main', 'meta')
order by c.table_schema, c.table_name, c.ordinal_position
