-- The people of a segment, and with each row the size of the whole segment and how many of it must not be contacted, by the
-- first reason that holds: no consent, a wish against it, under 18, as many approaches as the caps allow, no care worker who is a friend.
-- $satisfied: the condition of the tag groups on the bits that dim_segment_people has for tags, a piece of the statement
-- $line, $stage: filters, '' for all
-- $lost: journey step that the person did not reach although the step before was reached, '' for all
-- $low: drug class in which the person is eligible and below the threshold over 180 days, '' for all
-- $left_min, $left_max: days of supply left on the business day; $seen_…: days since the last contact; $known_…: since the first;
-- $pdc_…: lowest PDC over 180 days of the classes in which the person is eligible, in percent; $age_…: years; '' for no limit
-- $contactable: true keeps only people who may be contacted; $limit: rows
with reached as (
    select distinct patient_id, line_code
    from fct_journey
    where $lost <> '' and step_no = (select min(step_no) - 1 from fct_journey where step_code = $lost)
),

lost_people as (
    select r.patient_id
    from reached r
    where not exists (
        select 1
        from fct_journey j
        where j.patient_id = r.patient_id and j.line_code = r.line_code and j.step_no >= (select min(step_no) from fct_journey where step_code = $lost)
    )
),

low_people as (
    select patient_id
    from fct_adherence
    where $low <> '' and drug_class_code = $low and period_code = 'r180' and is_eligible and not is_adherent
),

pdc_people as (
    select patient_id
    from fct_adherence
    where $pdc_min || $pdc_max <> '' and period_code = 'r180' and is_eligible
    group by patient_id
    having round(100 * min(pdc_ratio), 6) between coalesce(try_cast($pdc_min as int), -1) and coalesce(try_cast($pdc_max as int), 101)
),

members as (
    select p.patient_id, p.withheld_reason, p.last_covered_date
    from dim_segment_people p
    cross join meta.builds b
    where $satisfied
        and ($line = '' or p.line_code = $line)
        and ($stage = '' or p.stage_code = $stage)
        and ($lost = '' or p.patient_id in (select patient_id from lost_people))
        and ($low = '' or p.patient_id in (select patient_id from low_people))
        and ($pdc_min || $pdc_max = '' or p.patient_id in (select patient_id from pdc_people))
        and ($left_min = '' or p.last_covered_date - b.as_of >= try_cast($left_min as int))
        and ($left_max = '' or p.last_covered_date - b.as_of <= try_cast($left_max as int))
        and ($seen_min = '' or b.as_of - p.last_contact_date >= try_cast($seen_min as int))
        and ($seen_max = '' or b.as_of - p.last_contact_date <= try_cast($seen_max as int))
        and ($known_min = '' or b.as_of - p.first_contact_date >= try_cast($known_min as int))
        and ($known_max = '' or b.as_of - p.first_contact_date <= try_cast($known_max as int))
        and ($age_min = '' or p.age >= try_cast($age_min as int))
        and ($age_max = '' or p.age <= try_cast($age_max as int))
),

counts as (
    select
        count(*) as member_count,
        count(*) filter (where withheld_reason = 'no_consent') as no_consent,
        count(*) filter (where withheld_reason = 'do_not_contact') as do_not_contact,
        count(*) filter (where withheld_reason = 'minor') as minor,
        count(*) filter (where withheld_reason = 'contact_cap') as contact_cap,
        count(*) filter (where withheld_reason = 'no_friend') as no_friend
    from members
),

listed as (
    select patient_id, last_covered_date
    from members
    where not $contactable or withheld_reason = ''
    order by last_covered_date nulls last, patient_id
    limit $limit
)

select
    coalesce(l.patient_id, '') as patient_id,
    c.member_count,
    c.no_consent,
    c.do_not_contact,
    c.minor,
    c.contact_cap,
    c.no_friend
from counts c
left join listed l on true
order by l.last_covered_date nulls last, l.patient_id
