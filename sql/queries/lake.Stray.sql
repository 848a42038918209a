-- One row per table with rows of records that the lake was never offered, or with rows of a record before the
-- first one: how many. Table: placed (see phdp lake verify).
select table_name, count(*) as row_count
from placed
where place is null
group by table_name
order by table_name
