-- title_zh: 各渠道获客转化
-- title_en: Acquisition by channel
-- question: Which channels bring people as far as the first fill?
select
    first_channel,
    sum(people_count) filter (where step_code = 'lead') as leads,
    sum(people_count) filter (where step_code = 'first_fill') as first_fills,
    sum(people_count) filter (where step_code = 'first_fill') / sum(people_count) filter (where step_code = 'lead') as ratio
from fct_funnel_monthly
where funnel_code = 'acquisition'
group by first_channel
order by leads desc
