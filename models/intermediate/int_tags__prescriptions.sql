-- Tags of starts, switches and the end of supply.
-- New start: first fill of a class within 30 days after 180 days without. Switch: a new drug of the class within
-- 30 days of the end of another that was not filled again. Polypharmacy: five drugs in stock at once for 14 of 30 days.
-- grain: patient_id, tag_id
-- inputs: int_fills__accepted, int_patients__therapy, ref.settings
-- gives: rx_new_start, rx_switched, rx_polypharmacy, rx_expiring_7d, course_ending_14d
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

tagged as (
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
    select l.patient_id, 'rx_polypharmacy' as tag_id, min(l.date) as valid_from, max(s.as_of) as last_date, '' as last_event_id
    from levels as l
    cross join ref.settings as s
    where l.drug_count >= 5 and l.days is not null
    group by l.patient_id
    having sum(l.days) >= 14
    union all
    select t.patient_id, 'rx_expiring_7d' as tag_id, s.as_of as valid_from, s.as_of as last_date, t.last_event_id
    from int_patients__therapy as t
    join ref.settings as s on t.last_covered_date between s.as_of and s.as_of + 7
    union all
    select t.patient_id, 'course_ending_14d' as tag_id, s.as_of as valid_from, s.as_of as last_date, t.last_event_id
    from int_patients__therapy as t
    join ref.settings as s on t.last_covered_date between s.as_of and s.as_of + 14
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
