-- title_zh: 血压达标率
-- title_en: Blood pressure under control
-- question: Of the patients with a home reading in a month, how many have both means in target (below 135/85)?
select line_code, month_start, count(*) as patients, count(*) filter (where control_state = 'in_target') / count(*) as controlled_ratio
from fct_control_monthly
where indicator_code = 'bp_home'
group by line_code, month_start
order by line_code, month_start
