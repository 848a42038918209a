-- title_zh: 生存曲线的在险人数
-- title_en: Number at risk
-- question: How many women and men of each line are still followed and on therapy after 0, 90, 180, 270 and 360 days?
select line_code, segment, d.day, max(segment_at_risk_count) filter (where time_days >= d.day) as at_risk_count
from fct_survival_risks
cross join (values (0), (90), (180), (270), (360)) as d (day)
where measure_code = 'persistence' and grace_days = 60 and segment_by = 'sex'
group by line_code, segment, d.day
order by line_code, segment, d.day
