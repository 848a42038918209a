-- The people of a segment, and with each row the size of the whole segment and how many of it must not be contacted, by the
-- first reason that holds: no consent, a wish against it, under 18, as many approaches as the caps allow, no care worker who is a friend.
-- $groups: tag groups 'mode:tag,tag;mode:tag', mode all | any | none; a person must satisfy every group
-- $line, $stage: filters, '' for all
-- $lost: journey step that the person did not reach although the step before was reached, '' for all
-- $low: drug class in which the person is eligible and below the threshold over 180 days, '' for all
-- $contactable: true keeps only people who may be contacted; $limit: rows
with groups as (
    select split_part(part, ':', 1) as mode, string_split(split_part(part, ':', 2), ',') as tags
    from (select unnest(string_split($groups, ';')) as part)
    where part <> ''
),

lost_people as (
    select patient_id
    from fct_journey
    where $lost <> ''
    group by patient_id, line_code
    having max(step_no) + 1 = (select min(step_no) from fct_journey where step_code = $lost)
),

low_people as (
    select patient_id
    from fct_adherence
    where $low <> '' and drug_class_code = $low and period_code = 'r180' and is_eligible and not is_adherent
),

members as (
    select
        p.*,
        case
            when not coalesce(p.has_service_consent, false) then 'no_consent'
            when coalesce(p.has_do_not_contact, false) then 'do_not_contact'
            when coalesce(p.age < 18, false) or list_contains(coalesce(p.tags, []), 'age_minor') then 'minor'
            when list_contains(coalesce(p.tags, []), 'contact_cap') then 'contact_cap'
            when coalesce(p.owner_staff_id, '') = '' then 'no_friend'
            else ''
        end as withheld
    from dim_patients p
    where ($line = '' or p.line_code = $line)
        and ($stage = '' or p.stage_code = $stage)
        and ($lost = '' or p.patient_id in (select patient_id from lost_people))
        and ($low = '' or p.patient_id in (select patient_id from low_people))
        and not exists (
            select 1
            from groups g
            where not case g.mode
                when 'all' then list_has_all(coalesce(p.tags, []), g.tags)
                when 'any' then list_has_any(coalesce(p.tags, []), g.tags)
                else not list_has_any(coalesce(p.tags, []), g.tags)
            end
        )
),

counts as (
    select
        count(*) as member_count,
        count(*) filter (where withheld = 'no_consent') as no_consent,
        count(*) filter (where withheld = 'do_not_contact') as do_not_contact,
        count(*) filter (where withheld = 'minor') as minor,
        count(*) filter (where withheld = 'contact_cap') as contact_cap,
        count(*) filter (where withheld = 'no_friend') as no_friend
    from members
)

select
    coalesce(m.patient_id, '') as patient_id,
    coalesce(m.line_code, '') as line_code,
    coalesce(m.stage_code, '') as stage_code,
    coalesce(m.owner_staff_id, '') as owner_staff_id,
    coalesce(array_to_string(m.tags, ','), '') as tags,
    coalesce(strftime(timezone('Asia/Shanghai', m.last_contact_at), '%Y-%m-%d'), '') as last_contact,
    coalesce(cast(m.last_covered_date as varchar), '') as last_covered_date,
    coalesce(m.withheld, '') as withheld,
    c.member_count,
    c.no_consent,
    c.do_not_contact,
    c.minor,
    c.contact_cap,
    c.no_friend
from counts c
left join members m on not $contactable or m.withheld = ''
order by m.last_covered_date nulls last, m.patient_id
limit $limit
