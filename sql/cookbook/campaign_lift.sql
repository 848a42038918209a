-- title_zh: 大促提升
-- title_en: Lift of campaigns
-- question: What did 618 and double eleven bring beside the four weeks before, and what is left of it after the four weeks that follow?
select line_code, campaign_code, measure_code, per_day, before_per_day, lift_ratio, after_per_day, net_lift_ratio
from fct_campaigns
order by line_code, campaign_code, measure_code
