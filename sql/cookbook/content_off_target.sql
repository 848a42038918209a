-- title_zh: 内容错配率
-- title_en: Content off target
-- question: What share of reads reaches patients for whose stage the content is not made?
select line_code, month_start, sum(read_count) filter (where not is_on_target) / sum(read_count) as off_target_ratio
from fct_content_reach
group by line_code, month_start
order by line_code, month_start
