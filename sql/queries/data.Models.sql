-- The tables that the build made; a view has no rows of its own.
select
    name,
    coalesce(layer, '') as layer,
    coalesce(grain, '') as grain,
    coalesce(description, '') as description,
    cast(coalesce("rows", 0) as bigint) as row_count,
    cast(coalesce(seconds, 0) as double) as seconds,
    "rows" is null as is_view
from meta.models
order by case layer when 'staging' then 1 when 'intermediate' then 2 else 3 end, name
