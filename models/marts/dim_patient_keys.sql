-- The keys of every person: pseudonyms of the accounts, phones and numbers under which systems know them, and
-- how sure the link is. The lake's rows carry patient_key; this table leads from there to the person.
-- grain: patient_key
-- inputs: int_identity__components, int_identity__keys, int_identity__links
-- patient_key: pseudonym of an identifier, 32 hex digits
-- patient_id: the person, the smallest of their keys
-- kind: kind of the identifier: wecom, unionid, phone, youzan, …; empty when no link tells it
-- link_count: links to other keys that are used
-- confidence: of the surest of these links, 0 to 1; 1 when the key is alone
-- sources: sources of the links, joined by ;
-- first_seen_at: when the key first occurred
-- last_seen_at: when the key last occurred
with placed as (
    select c.patient_id, k.key_no
    from int_identity__components as c
    join int_identity__keys as k on k.patient_key = c.patient_key
),

ends as (
    select low_no as key_no, high_no as other_no, confidence, sources from int_identity__links where is_used
    union all
    select high_no as key_no, low_no as other_no, confidence, sources from int_identity__links where is_used
),

linked as (
    select
        e.key_no,
        count(*) as link_count,
        max(e.confidence) as confidence,
        string_agg(distinct e.sources, ';' order by e.sources) as sources
    from ends as e
    join placed as x on x.key_no = e.key_no
    join placed as y on y.key_no = e.other_no and y.patient_id = x.patient_id
    group by e.key_no
)

select
    c.patient_key,
    c.patient_id,
    c.kind,
    cast(coalesce(l.link_count, 0) as integer) as link_count,
    cast(coalesce(l.confidence, 1) as double) as confidence,
    coalesce(l.sources, '') as sources,
    c.first_seen_at,
    c.last_seen_at
from int_identity__components as c
join int_identity__keys as k on k.patient_key = c.patient_key
left join linked as l on l.key_no = k.key_no
order by c.patient_id, c.patient_key
