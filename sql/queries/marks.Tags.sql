-- Tags that may go to WeCom, by themselves or as a neutral code.
select tag_id
from dim_tags
where wecom_push in ('yes', 'code')
