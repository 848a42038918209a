-- How many rows each table of the lake has, and how fresh it is.
select
    table_name,
    cast("rows" as bigint) as row_count,
    coalesce(strftime(timezone('Asia/Shanghai', newest_event_at), '%Y-%m-%d %H:%M'), '') as newest_event_at
from meta.sources
order by table_name
