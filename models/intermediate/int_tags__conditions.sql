-- Which conditions of tag_rules hold for which patient, except those on other tags. pick says what is compared
-- with the value: each signal of the window (enough of them, on enough days), the newest one, or the mean or sum of at
-- least min_count of them. A rule of an activity compares its attribute detail.
-- grain: patient_id, rule_no
-- inputs: int_tags__signals, ref.tag_rules, ref.settings
with rules as (
    select
        tag_id, rule_no, role, source, detail, op, value, pick, window_days, min_count, min_days,
        unnest(string_split(name, '|')) as name,
        '$."' || coalesce(nullif(detail, ''), '-') || '"' as path,
        try_cast(split_part(value, '..', 1) as double) as bound,
        try_cast(split_part(value, '..', 2) as double) as upper_bound
    from ref.tag_rules
    where source <> 'tag'
),

seen as (
    select
        s.patient_id,
        r.tag_id,
        r.rule_no,
        r.role,
        r.op,
        r.value as wanted,
        r.bound,
        r.upper_bound,
        r.pick,
        r.min_count,
        r.min_days,
        s.source || ' ' || s.origin || ' ' || s.event_id as evidence,
        s.event_id,
        s.event_at,
        s.event_date,
        s.text,
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
        * replace (case pick
            when 'mean' then avg(value) over (partition by patient_id, rule_no)
            when 'sum' then sum(value) over (partition by patient_id, rule_no)
            else value
        end as value)
    from seen
    where pick <> 'newest' or age = 1
),

fitting as (
    select *
    from measured
    where case coalesce(op, '')
        when '' then true
        when '>=' then value >= bound
        when '>' then value > bound
        when '<=' then value <= bound
        when '<' then value < bound
        when 'in' then value >= bound and value < upper_bound
        when '=' then list_contains(string_split(wanted, '|'), word)
        else false
    end
)

select
    patient_id,
    rule_no,
    any_value(tag_id) as tag_id,
    any_value(role) as role,
    min(event_date) as valid_from,
    max(event_date) as last_date,
    count(distinct evidence) as evidence_count,
    max_by(event_id, (event_at, event_id)) as last_event_id
from fitting
group by patient_id, rule_no
having count(distinct evidence) >= max(min_count) and count(distinct event_date) >= max(min_days)
