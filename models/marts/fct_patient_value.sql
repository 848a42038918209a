-- Value and place in the life cycle of every person: recency, frequency and money of the last 365 days with scores from
-- 1 to 5 among the buyers of the line (equal values, equal scores), and how long they are known and silent.
-- grain: patient_id
-- inputs: dim_patients, int_patients__therapy, int_patients__contacts, ref.settings
-- compared: patient_id
-- patient_id: the person
-- line_code: line of disease of the person
-- recency_days: days since the last fill, empty without one
-- fill_date_count: different days with a fill in the last 365
-- amount_fen: paid in the last 365 days, in 1/100 yuan
-- recency_score: 5 is the most recent fifth, empty without a fill
-- frequency_score: 5 is the most frequent fifth
-- money_score: 5 is the fifth that paid most
-- lifecycle_code: new (known up to 30 days), growth (up to 180), mature (longer), decline (silent for more than 30 days) or lost (more than 90)
with lives as (
    select
        p.patient_id,
        p.line_code,
        cast(s.as_of - t.last_fill_date as integer) as recency_days,
        coalesce(t.fill_date_count_365d, 0) as fill_date_count,
        coalesce(t.amount_fen_365d, 0) as amount_fen,
        t.patient_id is not null as is_buyer,
        s.as_of - c.first_date as known_days,
        s.as_of - c.last_date as silent_days
    from dim_patients as p
    cross join ref.settings as s
    left join int_patients__therapy as t on t.patient_id = p.patient_id
    left join int_patients__contacts as c on c.patient_id = p.patient_id
),

ranked as (
    select
        *,
        percent_rank() over (partition by line_code, is_buyer order by recency_days desc) as recency_rank,
        percent_rank() over (partition by line_code, is_buyer order by fill_date_count) as frequency_rank,
        percent_rank() over (partition by line_code, is_buyer order by amount_fen) as money_rank
    from lives
)

select
    patient_id,
    line_code,
    recency_days,
    fill_date_count,
    amount_fen,
    case when is_buyer then cast(1 + floor(recency_rank * 4.999) as integer) end as recency_score,
    case when is_buyer then cast(1 + floor(frequency_rank * 4.999) as integer) end as frequency_score,
    case when is_buyer then cast(1 + floor(money_rank * 4.999) as integer) end as money_score,
    case
        when silent_days > 90 then 'lost'
        when known_days <= 30 then 'new'
        when silent_days > 30 then 'decline'
        when known_days <= 180 then 'growth'
        when known_days is not null then 'mature'
        else ''
    end as lifecycle_code
from ranked
order by patient_id
