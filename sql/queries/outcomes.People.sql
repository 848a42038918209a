-- People whose last reading of a kind is worse than their first, at least 60 days earlier: largest change first.
-- $kind: kind of measurement; $line: filter, '' for all; $limit, $offset: the part
with ends as (
    select
        m.patient_id,
        min_by(m.value, (m.event_at, m.value)) as first_value,
        max_by(m.value, (m.event_at, m.value)) as last_value,
        max(m.event_at) as last_at,
        case when m.kind in ('harris', 'tscore', 'lvef', 'egfr') then 1 else -1 end as better
    from fct_measurements m
    where m.kind = $kind and (m.kind <> 'glucose' or m.context = 'fasting')
    group by m.patient_id, m.kind
    having max(m.event_at) - min(m.event_at) >= interval 60 days
)

select
    f.patient_id,
    cast(f.first_value as varchar) as first_value,
    cast(f.last_value as varchar) as last_value,
    strftime(timezone('Asia/Shanghai', f.last_at), '%Y-%m-%d') as measured_on,
    p.line_code as line,
    coalesce(p.stage_code, '') as stage,
    coalesce(p.owner_staff_id, '') as owner,
    coalesce(strftime(timezone('Asia/Shanghai', p.last_contact_at), '%Y-%m-%d'), '') as last_contact,
    p.withheld_reason = '' as is_contactable,
    count(*) over () as people,
    count(case when p.withheld_reason = 'no_consent' then 1 end) over () as no_consent,
    count(case when p.withheld_reason = 'do_not_contact' then 1 end) over () as do_not_contact,
    count(case when p.withheld_reason = 'minor' then 1 end) over () as minor,
    count(case when p.withheld_reason = 'contact_cap' then 1 end) over () as contact_cap,
    count(case when p.withheld_reason = 'no_friend' then 1 end) over () as no_friend
from ends f
join dim_patients p using (patient_id)
where (f.last_value - f.first_value) * f.better < 0 and ($line = '' or p.line_code = $line)
order by is_contactable desc, abs(f.last_value - f.first_value) desc, f.patient_id
limit $limit offset $offset
