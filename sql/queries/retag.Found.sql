-- What was found again, as table found.
create table found as
from read_csv($file, header = false, all_varchar = true, columns = {
    topic: 'varchar', partition: 'integer', "offset": 'bigint', event_id: 'varchar', ordinal: 'integer', concept: 'varchar', kind: 'varchar',
    status: 'varchar', subject: 'varchar', speaker: 'varchar', mention: 'varchar', start_char: 'integer', end_char: 'integer', rule_id: 'varchar'
})
