-- title_zh: 每月销售额与购药人数
-- title_en: Sales by month
-- question: How many buyers and how much money, month by month and channel by channel?
select date_trunc('month', fill_date) as month, channel, count(distinct patient_id) as buyers, sum(amount_fen) / 100.0 as yuan
from fct_fills
group by date_trunc('month', fill_date), channel
order by month, channel
