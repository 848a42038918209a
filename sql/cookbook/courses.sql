-- title_zh: 22周课程进度
-- title_en: Courses by state
-- question: How many patients of each course are running, ending, broken off, over or done, and in how many weeks did they take part?
select course_code, status, count(*) as patient_count, avg(week_count) as mean_weeks, max(last_session_date) as newest_session
from fct_courses
group by course_code, status
order by course_code, status
