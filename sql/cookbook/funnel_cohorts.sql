-- title_zh: 按月队列的复购漏斗
-- title_en: Repurchase by cohort
-- question: Of those who first filled in a month, how many came a second, third and sixth time?
select entry_month, step_code, sum(people_count) as people
from fct_funnel_monthly
where funnel_code = 'repurchase'
group by entry_month, step_no, step_code
order by entry_month, step_no
