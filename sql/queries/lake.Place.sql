-- Puts each row of one table in the place of its record: all records of all partitions, one after the other,
-- are numbered without a gap. A row that belongs to no record which the lake has been offered has no place.
-- Tables: coordinates, spans (see phdp lake verify). Parameter: table_name.
insert into placed
select
    $table_name as table_name,
    s.place + c."offset" - s.first_offset as place,
    hash(c.event_id, c.ordinal) as row_hash
from coordinates as c
left join spans as s
    on s.topic = c.topic and s."partition" = c."partition" and c."offset" >= s.first_offset and c."offset" < s.next_offset
