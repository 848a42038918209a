-- title_zh: 漏斗转化
-- title_en: Conversion of every funnel
-- question: How many people reach each step, of those in the step before?
select
    line_code,
    funnel_code,
    step_no,
    step_code,
    count(*) as people,
    count(*) / lag(count(*)) over (partition by line_code, funnel_code order by step_no) as conversion,
    median(days_since_previous) as median_days
from fct_funnel_steps
group by line_code, funnel_code, step_no, step_code
order by line_code, funnel_code, step_no
