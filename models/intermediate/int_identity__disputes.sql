-- The keys of components that hold two people by their own evidence: two keys of one personal kind (unionid,
-- external_userid, …) that no chain of personal links joins, or keys of which one states male and another
-- female. Such a component is not one person. Each personal key stands for a person, with what personal links
-- join to it; every other key goes to the person that is fewest links away, at most 6. A key that is as near to
-- several of them is shared (person_count): it goes to the one whose weakest link is a hundred times less in doubt
-- (about two more proofs), else it is nobody's (person_no is empty).
-- grain: key_no
-- inputs: int_identity__groups, int_identity__keys, int_identity__links, stg_activities__events
-- person_no: smallest number of the keys that stand for the person
-- patient_no: smallest number of all keys of the person
with sexes as (
    select k.key_no, min(json_extract_string(nullif(e.attributes, ''), '$.sex')) as sex
    from stg_activities__events as e
    join int_identity__keys as k on k.patient_key = e.patient_key
    where json_extract_string(nullif(e.attributes, ''), '$.sex') in ('male', 'female')
    group by k.key_no
    having count(distinct json_extract_string(nullif(e.attributes, ''), '$.sex')) = 1
),

personal as (
    select g.group_no, k.kind, coalesce(g.core_no, g.key_no) as core_no
    from int_identity__keys as k
    join int_identity__groups as g on g.key_no = k.key_no
    where k.kind in ('unionid', 'wecom', 'openid', 'id_card')
),

mixed as (
    select g.group_no
    from sexes as x
    join int_identity__groups as g on g.key_no = x.key_no
    group by g.group_no
    having min(x.sex) <> max(x.sex)
),

disputed as (
    select group_no
    from personal
    group by group_no, kind
    having min(core_no) <> max(core_no)
    union
    select group_no from mixed
),

members as (
    select
        g.key_no,
        g.group_no,
        k.has_events,
        x.sex,
        m.group_no is not null as is_mixed,
        case when g.core_no is not null or k.kind in ('unionid', 'wecom', 'openid', 'id_card') then coalesce(g.core_no, g.key_no) end as core_no
    from int_identity__groups as g
    semi join disputed as d on d.group_no = g.group_no
    join int_identity__keys as k on k.key_no = g.key_no
    left join sexes as x on x.key_no = g.key_no
    left join mixed as m on m.group_no = g.group_no
),

people as (
    select
        *,
        case
            when core_no is not null then core_no
            when sex is not null and is_mixed then coalesce(min(core_no) over same_sex, min(key_no) over same_sex)
        end as person_no
    from members
    window same_sex as (partition by group_no, sex)
),

edges as (
    select l.low_no as from_no, l.high_no as to_no, 1 - l.confidence as doubt
    from int_identity__links as l
    join people as p on p.key_no = l.high_no and p.person_no is null
    where l.is_used
    union all
    select l.high_no as from_no, l.low_no as to_no, 1 - l.confidence as doubt
    from int_identity__links as l
    join people as p on p.key_no = l.low_no and p.person_no is null
    where l.is_used
),

walks as (
    with recursive steps as (
        select key_no, person_no, 0 as step, cast(0 as double) as doubt
        from people
        where person_no is not null
        union
        select e.to_no as key_no, s.person_no, s.step + 1 as step, greatest(s.doubt, e.doubt) as doubt
        from steps as s
        join edges as e on e.from_no = s.key_no
        where s.step < 6
    )
    select key_no, person_no, step, min(doubt) as doubt
    from steps
    group by key_no, person_no, step
    qualify rank() over (partition by key_no order by step) = 1
),

nearest as (
    select
        key_no,
        min_by(person_no, (doubt, person_no)) as person_no,
        count(*) as person_count,
        count(*) filter (where doubt < 100 * least_doubt) as rival_count
    from (
        select key_no, person_no, doubt, greatest(min(doubt) over (partition by key_no), 1e-12) as least_doubt
        from walks
    )
    group by key_no
),

settled as (
    select
        p.group_no,
        p.key_no,
        p.has_events,
        case when n.rival_count = 1 then n.person_no end as person_no,
        coalesce(n.person_count, 0) as person_count
    from people as p
    left join nearest as n on n.key_no = p.key_no
)

select
    key_no,
    group_no,
    person_no,
    person_count,
    min(key_no) over (partition by coalesce(person_no, key_no)) as patient_no,
    bool_or(has_events) over (partition by coalesce(person_no, key_no)) as has_events
from settled
