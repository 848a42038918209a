-- The keys of every person: pseudonyms of the accounts, phones and numbers under which systems know them, and
-- how sure the link is. The lake's rows carry patient_key; this table leads from there to the person.
-- grain: patient_key
-- inputs: int_identity__components, int_identity__keys, int_identity__links, stg_identity__links
-- patient_key: pseudonym of an identifier, 32 hex digits
-- patient_id: the person, the smallest of their keys
-- kind: kind of the identifier: wecom, unionid, phone, youzan, …; empty when no link tells it
-- link_count: links to other keys that are used
-- confidence: of the surest of these links, 0 to 1; 1 when the key is alone
-- sources: sources of the links, joined by ;
-- first_seen_at: when the key first occurred
-- last_seen_at: when the key last occurred
with used as (
    select l.patient_key, l.linked_key, l.confidence, l.sources
    from stg_identity__links as l
    join int_identity__keys as a on a.patient_key = l.patient_key
    join int_identity__keys as b on b.patient_key = l.linked_key
    join int_identity__links as n on n.low_no = a.key_no and n.high_no = b.key_no and n.is_used
    join int_identity__components as x on x.patient_key = l.patient_key
    join int_identity__components as y on y.patient_key = l.linked_key and y.patient_id = x.patient_id
),

ends as (
    select patient_key, confidence, sources from used
    union all
    select linked_key as patient_key, confidence, sources from used
),

linked as (
    select
        patient_key,
        count(*) as link_count,
        max(confidence) as confidence,
        string_agg(distinct sources, ';' order by sources) as sources
    from ends
    group by patient_key
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
left join linked as l on l.patient_key = c.patient_key
order by c.patient_id, c.patient_key
