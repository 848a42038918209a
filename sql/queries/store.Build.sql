-- Which build this warehouse is, the newest event that it has seen and the first contact with anybody.
select
    b.build_id,
    cast(b.as_of as varchar) as as_of,
    strftime(timezone('Asia/Shanghai', b.built_at), '%Y-%m-%d %H:%M') as built_at,
    b.elapsed_seconds,
    coalesce((select strftime(timezone('Asia/Shanghai', max(newest_event_at)), '%Y-%m-%d %H:%M') from meta.sources where table_name <> 'deadletters'), '') as newest_event_at,
    (select count(*) from dim_patients) as patient_count,
    coalesce((select cast(min(cast(timezone('Asia/Shanghai', first_contact_at) as date)) as varchar) from dim_patients), '') as first_day
from meta.builds b
order by b.built_at desc
limit 1
