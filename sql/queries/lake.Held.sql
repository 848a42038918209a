-- One row per partition of one table: how many rows its files hold, and the lowest offset among them.
-- Table: coordinates, the rows of that table's files (see phdp lake verify).
select
    topic,
    "partition",
    count(*) as row_count,
    min("offset") as first_offset
from coordinates
group by topic, "partition"
