-- Accepted fills with the supply shifted over the whole history: medicine that arrives early is used when
-- the stock of its ingredient runs out, and the delay moves on to later fills. The end of fill i is the
-- running supply plus the running maximum of (date - supply before). Fills of one day are stacked. Of a
-- combination product the ingredient that starts last decides.
-- grain: source, event_id, ordinal
-- inputs: int_fills__judged, int_drugs__targets, ref.adherence_settings
-- by: patient_id
with chains as (
    select
        j.source,
        j.event_id,
        j.ordinal,
        j.patient_id,
        j.event_date,
        j.days_supply,
        j.event_at,
        j.topic,
        j.partition,
        j."offset",
        case when a.shift = 'class' then t.drug_class_code else t.ingredient end as chain,
        a.shift <> 'none' as is_shifted,
        date_diff('day', date '1970-01-01', j.event_date) as day
    from int_fills__judged as j
    join int_drugs__targets as t on t.drug_code = j.drug_code
    cross join ref.adherence_settings as a
    where j.reason = ''
),

links as (
    select distinct * from chains
),

running as (
    select
        *,
        sum(days_supply) over (
            partition by patient_id, chain order by day, event_at, topic, partition, "offset", ordinal
        ) as supply_to_here
    from links
),

ended as (
    select
        *,
        case when is_shifted
            then supply_to_here + max(day - (supply_to_here - days_supply)) over (
                partition by patient_id, chain order by day, event_at, topic, partition, "offset", ordinal
            )
            else day + days_supply
        end as end_day
    from running
),

shifted as (
    select
        source,
        event_id,
        ordinal,
        max(end_day - days_supply) as start_day,
        max(end_day) as end_day
    from ended
    group by source, event_id, ordinal
)

select
    j.* exclude (reason, max_days, event_type, is_drug),
    date '1970-01-01' + cast(s.start_day as integer) as supply_start_date,
    date '1970-01-01' + cast(s.end_day - 1 as integer) as supply_end_date
from int_fills__judged as j
join shifted as s on s.source = j.source and s.event_id = j.event_id and s.ordinal = j.ordinal
where j.reason = ''
