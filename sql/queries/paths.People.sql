-- People who are at a place of the paths: those who may be contacted first, newest contact first.
-- $what: stages or classes; $level: from 1 to 5; $code: stage or class; $line: filter, '' for all; $limit, $offset:
-- the part
with levels as (
    select h.patient_id, cast(h.stage_no as bigint) as level, h.stage_code as code, h.from_date as since_day
    from fct_stage_history h
    where $what = 'stages' and ($line = '' or h.line_code = $line)
    union all
    select patient_id, row_number() over (partition by patient_id order by first_day, drug_class_code), drug_class_code, first_day
    from (
        select patient_id, drug_class_code, min(era_start_date) as first_day
        from fct_drug_eras
        where $what = 'classes' and ($line = '' or line_code = $line)
        group by patient_id, drug_class_code
    )
)

select
    f.patient_id,
    cast(f.since_day as varchar) as since_day,
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
from levels f
join dim_patients p using (patient_id)
where f.level = try_cast($level as bigint) and f.code = $code
order by is_contactable desc, f.since_day desc, f.patient_id
limit $limit offset $offset
