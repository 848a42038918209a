-- Tags of buying: order days, spend against the others of the line, recency-frequency-money, big sales.
-- Ranks need 30 buyers in the line. A quintile of 4 or 5 is the top two.
-- grain: patient_id, tag_id
-- inputs: int_patients__profile, int_patients__therapy, int_fills__accepted, ref.settings
-- compared: patient_id
-- gives: val_never_bought, val_first_buy, val_repurchase, val_repurchase_3plus, val_repeat_lapsed, val_high, val_mid, val_low,
--    rfm_champion, rfm_keep, rfm_develop, rfm_winback, val_promo_driven
with buyers as (
    select
        p.patient_id,
        p.line_code,
        t.fill_date_count,
        t.fill_date_count_365d,
        t.amount_fen_365d,
        t.first_fill_date,
        t.last_fill_date,
        t.last_event_id
    from int_patients__profile as p
    join int_patients__therapy as t on t.patient_id = p.patient_id
),

ranked as (
    select
        *,
        count(*) over (partition by line_code) as line_count,
        percent_rank() over (partition by line_code order by amount_fen_365d) as spend_rank,
        ntile(5) over (partition by line_code order by last_fill_date, patient_id) as recency,
        ntile(5) over (partition by line_code order by fill_date_count_365d, patient_id) as frequency,
        ntile(5) over (partition by line_code order by amount_fen_365d, patient_id) as money
    from buyers
    where amount_fen_365d > 0
),

order_days as (
    select f.patient_id, f.event_date
    from int_fills__accepted as f
    join ref.settings as s on f.event_date > s.as_of - 730
    group by f.patient_id, f.event_date
),

promotions as (
    select patient_id, count(*) as order_count
    from order_days
    group by patient_id
    having count(*) >= 2 and 2 * count(*) filter (
        where strftime(event_date, '%m%d') between '0601' and '0620' or strftime(event_date, '%m%d') between '1020' and '1112'
    ) >= count(*)
),

tagged as (
    select p.patient_id, 'val_never_bought' as tag_id, 1 as evidence_count
    from int_patients__profile as p
    anti join buyers as b on b.patient_id = p.patient_id
    union all
    select
        patient_id,
        case
            when fill_date_count = 1 then 'val_first_buy'
            when fill_date_count_365d >= 3 then 'val_repurchase_3plus'
            when fill_date_count = 2 and last_fill_date - first_fill_date <= 180 then 'val_repurchase'
            else 'val_repeat_lapsed'
        end as tag_id,
        fill_date_count as evidence_count
    from buyers
    union all
    select
        patient_id,
        case when spend_rank >= 0.9 then 'val_high' when spend_rank >= 0.5 then 'val_mid' else 'val_low' end as tag_id,
        fill_date_count_365d as evidence_count
    from ranked
    where line_count >= 30
    union all
    select
        patient_id,
        case
            when recency >= 4 and frequency >= 4 then 'rfm_champion'
            when frequency >= 4 then 'rfm_keep'
            when recency >= 4 then 'rfm_develop'
            else 'rfm_winback'
        end as tag_id,
        fill_date_count_365d as evidence_count
    from ranked
    where line_count >= 30 and money >= 4
    union all
    select patient_id, 'val_promo_driven' as tag_id, order_count as evidence_count
    from promotions
)

select
    g.patient_id,
    g.tag_id,
    coalesce(b.last_fill_date, local_date(p.first_contact_at)) as valid_from,
    date '9999-12-31' as last_date,
    g.evidence_count,
    coalesce(b.last_event_id, '') as last_event_id,
    1.0 as confidence
from tagged as g
join int_patients__profile as p on p.patient_id = g.patient_id
left join buyers as b on b.patient_id = g.patient_id
