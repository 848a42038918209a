-- title_zh: 血压达标率
-- title_en: Blood pressure under control
-- question: Of patients with a home reading in a month, how many have a mean below 135?
with months as (
    select patient_id, date_trunc('month', event_at) as month, avg(value) as systolic
    from fct_measurements
    where kind = 'bp_systolic' and context = 'home'
    group by patient_id, date_trunc('month', event_at)
)

select month, count(*) as patients, count(*) filter (where systolic < 135) / count(*) as controlled_ratio
from months
group by month
order by month
