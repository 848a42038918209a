-- How each rule of the catalogue works: people who have the tag, and had it by state; of those who have it, how many rest on
-- one event only and how many are unsure (confidence under 0.7); and tags whose evidence is of an earlier wording of the rule.
-- $line: filter, '' for all; $family: filter, '' for all
with versions as (
    select
        tag_id,
        rule_version,
        max(valid_from) as newest_from,
        count(*) as tags,
        count(*) filter (where state = 'current') as people,
        count(*) filter (where state = 'expired') as expired,
        count(*) filter (where state = 'replaced') as replaced,
        count(*) filter (where state = 'current' and evidence_count <= 1) as thin,
        count(*) filter (where state = 'current' and confidence < 0.7) as unsure
    from fct_patient_tag_history
    where $line = '' or patient_id in (select patient_id from dim_patients where line_code = $line)
    group by tag_id, rule_version
)

select
    t.tag_id,
    t.name_zh,
    t.family,
    cast(coalesce(sum(v.people), 0) as bigint) as people,
    cast(coalesce(sum(v.expired), 0) as bigint) as expired,
    cast(coalesce(sum(v.replaced), 0) as bigint) as replaced,
    cast(coalesce(sum(v.thin), 0) as bigint) as thin,
    cast(coalesce(sum(v.unsure), 0) as bigint) as unsure,
    cast(coalesce(sum(v.tags) - max_by(v.tags, v.newest_from), 0) as bigint) as earlier
from dim_tags t
left join versions v on v.tag_id = t.tag_id
where ($family = '' or t.family = $family) and ($line = '' or t.line_code in ('all', $line))
group by t.tag_id, t.name_zh, t.family
order by thin desc, t.tag_id
