-- title_zh: 治疗疗程
-- title_en: Treatment episodes
-- question: How many episodes do patients have, and how long do they last?
select line_code, episode_no, count(*) as patients, median(duration_days) as median_days
from fct_treatment_episodes
where drug_class_code = ''
group by line_code, episode_no
order by line_code, episode_no
