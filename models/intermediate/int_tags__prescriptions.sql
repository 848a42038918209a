-- Tags of starts, switches and the end of supply.
-- New start: first fill of a class within 30 days after 180 days without. Switch: a new drug of the class within
-- 30 days of the end of another that was not filled again. Polypharmacy: five drugs in stock at once for 14 of 30 days.
-- Expiring: the days of the newest prescription, from the day it was written, are over within 7 days.
-- Course: what one prescription plans of a drug; without a plan that reaches the business day its end is the last covered day.
-- It is done when 90 % of its days were filled and it ended in the last 30 days.
-- Interaction: two ingredients of a listed pair in stock on one of the last 30 days.
-- grain: patient_id, tag_id
-- inputs: int_fills__accepted, int_patients__therapy, int_prescriptions__items, int_drugs__targets, ref.interactions, ref.settings
-- by: patient_id
-- gives: rx_new_start, rx_switched, rx_polypharmacy, rx_expiring_7d, course_ending_14d, course_completed, interaction_alert
with starts as (
    select
        patient_id,
        event_date,
        event_id,
        event_date - lag(event_date) over (partition by patient_id, drug_class_code order by event_date, event_at, event_id) as days_since
    from int_fills__accepted
),

drugs as (
    select
        patient_id,
        drug_class_code,
        drug_code,
        min(event_date) as first_date,
        max(event_date) as last_date,
        max(supply_end_date) as end_date,
        min_by(event_id, (event_at, event_id)) as event_id
    from int_fills__accepted
    group by patient_id, drug_class_code, drug_code
),

-- Drugs in stock change only where a supply starts, so the days between the changes are counted.
edges as (
    select f.patient_id, greatest(f.supply_start_date, s.as_of - 29) as date, f.drug_code, 1 as step
    from int_fills__accepted as f
    join ref.settings as s on f.supply_end_date >= s.as_of - 29 and f.supply_start_date <= s.as_of
    union all
    select f.patient_id, least(f.supply_end_date, s.as_of) + 1 as date, f.drug_code, -1 as step
    from int_fills__accepted as f
    join ref.settings as s on f.supply_end_date >= s.as_of - 29 and f.supply_start_date <= s.as_of
),

levels as (
    select
        patient_id,
        date,
        sum(sum(step)) over (partition by patient_id order by date) as drug_count,
        lead(date) over (partition by patient_id order by date) - date as days
    from edges
    group by patient_id, date
),

courses as (
    select
        patient_id,
        drug_code,
        max(event_date) as start_date,
        max_by(days_supply, (event_at, event_id)) as planned_days
    from int_prescriptions__items
    where event_type = 'prescribed' and is_drug
    group by patient_id, drug_code
),

-- The newest prescription, until when its days last.
written as (
    select
        patient_id,
        event_id,
        any_value(event_date) as event_date,
        max(event_date + days_supply) as end_date
    from int_prescriptions__items
    where event_type = 'prescribed' and days_supply > 0
    group by patient_id, source, event_id
    qualify row_number() over (partition by patient_id order by max(event_at) desc, event_id desc) = 1
),

completed as (
    select
        c.patient_id,
        c.start_date + c.planned_days - 1 as end_date,
        max_by(f.event_id, (f.event_at, f.event_id)) as event_id
    from courses as c
    join int_fills__accepted as f on f.patient_id = c.patient_id and f.drug_code = c.drug_code and f.event_date >= c.start_date
    join ref.settings as s on c.start_date + c.planned_days - 1 between s.as_of - 29 and s.as_of
    group by c.patient_id, c.drug_code, c.start_date, c.planned_days
    having sum(f.days_supply) >= 0.9 * c.planned_days
),

stocks as (
    select f.patient_id, t.ingredient, f.event_id, greatest(f.supply_start_date, s.as_of - 29) as start_date, least(f.supply_end_date, s.as_of) as end_date
    from int_fills__accepted as f
    join ref.settings as s on f.supply_end_date >= s.as_of - 29 and f.supply_start_date <= s.as_of
    join int_drugs__targets as t on t.drug_code = f.drug_code
    where t.ingredient in (select ingredient_a from ref.interactions union select ingredient_b from ref.interactions)
),

tagged as (
    select a.patient_id, 'interaction_alert' as tag_id, min(greatest(a.start_date, b.start_date)) as valid_from,
        max(least(a.end_date, b.end_date)) as last_date, max(greatest(a.event_id, b.event_id)) as last_event_id
    from stocks as a
    join ref.interactions as i on i.ingredient_a = a.ingredient
    join stocks as b on b.patient_id = a.patient_id and b.ingredient = i.ingredient_b
        and b.start_date <= a.end_date and b.end_date >= a.start_date
    group by a.patient_id
    union all
    select patient_id, 'course_completed' as tag_id, max(end_date) as valid_from, max(end_date) as last_date,
        max_by(event_id, (end_date, event_id)) as last_event_id
    from completed
    group by patient_id
    union all
    select t.patient_id, 'rx_new_start' as tag_id, max(t.event_date) as valid_from, max(t.event_date) as last_date,
        max_by(t.event_id, (t.event_date, t.event_id)) as last_event_id
    from starts as t
    join ref.settings as s on t.event_date > s.as_of - 30
    where coalesce(t.days_since, 181) > 180
    group by t.patient_id
    union all
    select n.patient_id, 'rx_switched' as tag_id, max(n.first_date) as valid_from, max(n.first_date) as last_date,
        max_by(n.event_id, (n.first_date, n.event_id)) as last_event_id
    from drugs as n
    join drugs as o
        on o.patient_id = n.patient_id and o.drug_class_code = n.drug_class_code and o.drug_code <> n.drug_code
        and o.first_date < n.first_date and o.last_date < n.first_date and n.first_date <= o.end_date + 30
    join ref.settings as s on n.first_date > s.as_of - 90
    group by n.patient_id
    union all
    select l.patient_id, 'rx_polypharmacy' as tag_id, min(l.date) as valid_from, date '9999-12-31' as last_date, '' as last_event_id
    from levels as l
    cross join ref.settings as s
    where l.drug_count >= 5 and l.days is not null
    group by l.patient_id
    having sum(l.days) >= 14
    union all
    select w.patient_id, 'rx_expiring_7d' as tag_id, w.event_date as valid_from, date '9999-12-31' as last_date, w.event_id as last_event_id
    from written as w
    join ref.settings as s on w.end_date between s.as_of and s.as_of + 7
    union all
    select t.patient_id, 'course_ending_14d' as tag_id, coalesce(c.end_date, t.last_covered_date) - 14 as valid_from, date '9999-12-31' as last_date, t.last_event_id
    from int_patients__therapy as t
    cross join ref.settings as s
    left join (
        select patient_id, max(start_date + planned_days - 1) as end_date
        from courses
        group by patient_id
    ) as c on c.patient_id = t.patient_id and c.end_date >= s.as_of
    where coalesce(c.end_date, t.last_covered_date) between s.as_of and s.as_of + 14
)

select
    patient_id,
    tag_id,
    valid_from,
    last_date,
    1 as evidence_count,
    last_event_id,
    1.0 as confidence
from tagged
