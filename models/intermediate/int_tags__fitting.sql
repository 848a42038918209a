-- The signals that let a condition of tag_rules hold, except conditions on tags and texts: those of its window that fit the
-- value, when they are enough on enough days. pick says what is compared: each signal, the newest one, or the mean or
-- sum of them. A rule of an activity compares its attribute detail. seen says in words what it was.
-- grain: patient_id, rule_no, source, origin, event_id, ordinal
-- inputs: int_tags__signals, ref.tag_rules, ref.settings
-- by: patient_id
with rules as (
    select
        tag_id, rule_no, source, detail, op, value, pick, window_days, min_count, min_days,
        unnest(string_split(name, '|')) as name,
        '$."' || coalesce(nullif(detail, ''), '-') || '"' as path,
        try_cast(split_part(value, '..', 1) as double) as bound,
        try_cast(split_part(value, '..', 2) as double) as upper_bound
    from ref.tag_rules
    where source not in ('tag', 'text')
),

seen as (
    select
        s.patient_id,
        r.tag_id,
        r.rule_no,
        s.source,
        s.name,
        s.origin,
        s.event_id,
        s.ordinal,
        s.event_at,
        s.event_date,
        r.op,
        r.value as wanted,
        r.bound,
        r.upper_bound,
        r.pick,
        r.min_count,
        r.min_days,
        case when r.source = 'activity' then try_cast(json_extract_string(s.text, r.path) as double) else s.value end as value,
        case when r.source = 'activity' then json_extract_string(s.text, r.path) else s.text end as word,
        row_number() over (partition by s.patient_id, r.rule_no order by s.event_at desc, s.event_id desc, s.ordinal desc) as age
    from int_tags__signals as s
    cross join ref.settings as c
    join rules as r
        on r.source = s.source
        and r.name = s.name
        and (r.source = 'activity' or coalesce(r.detail, '') = '' or r.detail = s.detail)
        and (r.window_days = 0 or s.event_date > c.as_of - r.window_days)
),

-- A mean or a sum is one number of the patient; it stands on every row that it is made of.
measured as (
    select
        *,
        case pick
            when 'mean' then avg(exact(value)) over (partition by patient_id, rule_no)
            when 'sum' then cast(sum(exact(value)) over (partition by patient_id, rule_no) as double)
            else value
        end as compared
    from seen
    where pick <> 'newest' or age = 1
),

fitting as (
    select *
    from measured
    where case coalesce(op, '')
        when '' then true
        when '>=' then compared >= bound
        when '>' then compared > bound
        when '<=' then compared <= bound
        when '<' then compared < bound
        when 'in' then compared >= bound and compared < upper_bound
        when '=' then list_contains(string_split(wanted, '|'), word)
        else false
    end
),

enough as (
    select patient_id, rule_no
    from fitting
    group by patient_id, rule_no
    having count(distinct source || ' ' || origin || ' ' || event_id) >= max(min_count) and count(distinct event_date) >= max(min_days)
)

select
    f.patient_id,
    f.rule_no,
    f.tag_id,
    f.source,
    f.origin,
    f.event_id,
    f.ordinal,
    f.event_at,
    f.event_date,
    concat_ws(' ', f.name, case when f.value is not null then cast(f.value as varchar) else nullif(f.word, '') end) as seen
from fitting as f
join enough as e on e.patient_id = f.patient_id and e.rule_no = f.rule_no
