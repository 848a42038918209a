-- Which keys are one person: connected components over the links. A patient is the smallest of their keys.
-- The links are turned round by round into stars whose centre is the smallest key (large star, then small
-- star, Kiveris et al. 2014). The number of rounds grows with the logarithm of the longest chain.
-- grain: patient_key
-- inputs: int_identity__keys, stg_identity__links
with recursive rounds as (
    select 0 as round, linked_key as node, patient_key as anchor
    from stg_identity__links
    union all
    (
        with directed as (
            select round, node as hub, anchor as spoke from rounds
            union all
            select round, anchor as hub, node as spoke from rounds
        ),

        -- Large star: every neighbour above the hub moves to the smallest key around the hub.
        large as (
            select distinct round, spoke as node, smallest as anchor
            from (
                select round, hub, spoke, least(hub, min(spoke) over (partition by hub)) as smallest
                from directed
            )
            where spoke > hub
        ),

        -- Small star: every neighbour below the hub, and the hub, move to the smallest of them.
        small as (
            select round, node, anchor, min(anchor) over (partition by node) as smallest
            from large
        ),

        next_round as (
            select round, node, smallest as anchor from small
            union
            select round, anchor as node, smallest as anchor from small where anchor <> smallest
        )

        -- Finished when no key is both a centre and a ray, and no ray has two centres.
        select round + 1 as round, node, anchor
        from next_round
        where exists (select 1 from rounds as a join rounds as b on b.node = a.anchor)
            or exists (select 1 from rounds group by node having count(*) > 1)
    )
),

stars as (
    select node, anchor
    from rounds
    where round = (select max(round) from rounds)
)

select
    k.patient_key,
    coalesce(s.anchor, k.patient_key) as patient_id,
    k.first_seen_at,
    k.last_seen_at
from int_identity__keys as k
left join stars as s on s.node = k.patient_key
