-- title_zh: 各治疗疗程内的用药依从
-- title_en: CMA inside treatment episodes
-- question: While patients are in an episode of treatment, how well do they take the medicine, in the first and in later episodes?
select line_code, drug_class_code, least(episode_no, 3) as episode_no, count(*) as episode_count, median(duration_days) as median_days, avg(cma6) as mean_cma6
from fct_cma_by_episode
group by line_code, drug_class_code, least(episode_no, 3)
order by line_code, drug_class_code, least(episode_no, 3)
