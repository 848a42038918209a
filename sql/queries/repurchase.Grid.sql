-- Recency and frequency of the buyers of the last 365 days: people and what they paid, by score from 1 to 5 (5 is the
-- most recent, and the most frequent).
-- $line: filter, '' for all
select recency_score, frequency_score, count(*) as people, cast(sum(amount_fen) as double) / 100 as paid
from fct_patient_value
where recency_score is not null and frequency_score is not null and ($line = '' or line_code = $line)
group by recency_score, frequency_score
order by recency_score desc, frequency_score
