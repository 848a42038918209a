-- Connected components over the links that are used: group_no is the smallest number of a key in the component
-- over all of them, core_no of that over personal links alone. Keys without such a link have no row.
-- Both are found in one go, personal links between numbers that are shifted up. The links are turned round by
-- round into stars whose centre is the smallest number (large star, then small star, Kiveris et al. 2014); a
-- finished star leaves the rounds, whose number grows with the logarithm of the longest chain.
-- grain: key_no
-- inputs: int_identity__links
with recursive rounds as (
    select 0 as round, high_no as node, low_no as anchor, false as is_done
    from int_identity__links
    where is_used
    union all
    select 0 as round, high_no + 1000000000000 as node, low_no + 1000000000000 as anchor, false as is_done
    from int_identity__links
    where is_used and is_personal
    union all
    (
        with directed as (
            select round, node as hub, anchor as spoke from rounds where not is_done
            union all
            select round, anchor as hub, node as spoke from rounds where not is_done
        ),

        -- Large star: every neighbour above the hub moves to the smallest number around the hub.
        around as (
            select hub, least(hub, min(spoke)) as smallest
            from directed
            group by hub
        ),

        large as (
            select distinct d.round, d.spoke as node, a.smallest as anchor
            from directed as d
            join around as a on a.hub = d.hub
            where d.spoke > d.hub
        ),

        -- Small star: every neighbour below the hub, and the hub, move to the smallest of them.
        below as (
            select node, min(anchor) as smallest
            from large
            group by node
        ),

        small as (
            select distinct l.round, moved.node, b.smallest as anchor
            from large as l
            join below as b on b.node = l.node
            cross join lateral (values (l.node), (l.anchor)) as moved (node)
            where moved.node <> b.smallest
        ),

        -- A star is finished when its centre is no ray, and its rays are neither centres nor of two stars.
        rays as (
            select node, count(*) as star_count
            from small
            group by node
        ),

        unfinished as (
            select s.anchor
            from small as s
            join rays as r on r.node = s.node
            where r.star_count > 1
            union
            select s.anchor
            from small as s
            semi join rays as r on r.node = s.anchor
            union
            select s.anchor
            from small as s
            semi join small as c on c.anchor = s.node
        )

        select s.round + 1 as round, s.node, s.anchor, u.anchor is null as is_done
        from small as s
        left join unfinished as u on u.anchor = s.anchor
    )
),

stars as (
    select node, anchor from rounds where is_done
    union
    select anchor as node, anchor from rounds where is_done
)

select
    node % 1000000000000 as key_no,
    min(anchor) as group_no,
    case when max(anchor) > 1000000000000 then max(anchor) - 1000000000000 end as core_no
from stars
group by node % 1000000000000
