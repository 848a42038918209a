-- The lake tables that the build read.
select
    table_name,
    cast(coalesce(snapshot_id, 0) as bigint) as snapshot_id,
    cast("rows" as bigint) as row_count,
    cast(coalesce(files, 0) as bigint) as file_count,
    coalesce(strftime(timezone('Asia/Shanghai', newest_event_at), '%Y-%m-%d %H:%M'), '') as newest_event_at
from meta.sources
order by table_name
