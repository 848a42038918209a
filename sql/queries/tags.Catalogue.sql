-- The catalogue of tags: who has each on the business day, who had it 90 days before, and how sure it is.
-- $line, $family: filters, '' for all; people are those of the line
with people as (
    select patient_id from dim_patients where $line = '' or line_code = $line
),

held as (
    select
        h.tag_id,
        count(*) filter (where h.state = 'current') as now_count,
        count(*) filter (where h.valid_from <= b.as_of - 90 and coalesce(h.valid_to, date '9999-12-31') >= b.as_of - 90) as before_count,
        avg(h.confidence) filter (where h.state = 'current') as confidence
    from fct_patient_tag_history h
    join people using (patient_id)
    cross join meta.builds b
    group by h.tag_id
)

select
    t.tag_id, t.name_zh, t.family, t.line_code, t.source, t.wecom_push, cast(t.ttl_days as bigint) as ttl_days, t.is_executable,
    coalesce(h.now_count, 0) as now_count,
    coalesce(h.before_count, 0) as before_count,
    h.confidence,
    (select count(*) from people) as people
from dim_tags t
left join held h using (tag_id)
where ($family = '' or t.family = $family) and ($line = '' or t.line_code in ($line, 'all'))
order by t.family, now_count desc, t.tag_id
