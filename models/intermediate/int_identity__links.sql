-- The links by the numbers of their keys. A personal link joins two keys of kinds that one person holds for
-- himself (unionid, external_userid, identity card); every other link attaches an account, a phone or a device.
-- A key that is linked to too many keys of one kind is nobody's: a phone, device or browser of more than 5 (a
-- staff tablet, a shop's phone), any other of more than 20. Its links are not used.
-- grain: low_no, high_no
-- inputs: stg_identity__links, int_identity__keys
with kinds (kind, is_personal, max_same) as (
    values
        ('unionid', true, 20), ('wecom', true, 20), ('openid', true, 20), ('id_card', true, 20),
        ('phone', false, 5), ('device', false, 5), ('anonymous', false, 5), ('oaid', false, 5), ('email', false, 5)
),

numbered as (
    select
        a.key_no as low_no,
        b.key_no as high_no,
        l.kind as low_kind,
        l.linked_kind as high_kind,
        l.confidence,
        l.sources,
        coalesce(x.is_personal, false) and coalesce(y.is_personal, false) as is_personal,
        coalesce(x.max_same, 20) as low_max,
        coalesce(y.max_same, 20) as high_max
    from stg_identity__links as l
    join int_identity__keys as a on a.patient_key = l.patient_key
    join int_identity__keys as b on b.patient_key = l.linked_key
    left join kinds as x on x.kind = l.kind
    left join kinds as y on y.kind = l.linked_kind
),

ends as (
    select low_no as key_no, high_kind as kind, low_max as max_same from numbered
    union all
    select high_no as key_no, low_kind as kind, high_max as max_same from numbered
),

crowded as (
    select distinct key_no
    from (
        select key_no
        from ends
        group by key_no, kind
        having count(*) > max(max_same)
    )
)

select
    n.low_no,
    n.high_no,
    n.is_personal,
    n.confidence,
    n.sources,
    c.key_no is not null as is_low_crowded,
    d.key_no is not null as is_high_crowded,
    c.key_no is null and d.key_no is null as is_used
from numbered as n
left join crowded as c on c.key_no = n.low_no
left join crowded as d on d.key_no = n.high_no
