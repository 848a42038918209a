-- title_zh: RFM 分布
-- title_en: RFM grid
-- question: How many buyers fall into each cell of recency and frequency, and what do they spend?
select recency_score, frequency_score, count(*) as patients, sum(amount_fen) / 100.0 as yuan
from fct_patient_value
where recency_score is not null
group by recency_score, frequency_score
order by recency_score, frequency_score
