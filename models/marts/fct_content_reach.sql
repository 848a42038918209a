-- Whether content reaches the patients it is made for: reads by the stage that an article, video or live was made for
-- and the service stage of the reader on that day. Early content is for leads to the start of therapy, middle content
-- for consolidation and intervention, late content for maintenance and win-back; anything else is off target.
-- grain: line_code, month_start, content_stage, stage_code
-- inputs: int_activities__events, fct_stage_history
-- line_code: line of disease of the reader
-- month_start: first day of the month
-- content_stage: early, middle or late
-- stage_code: service stage of the reader on the day
-- read_count: reads
-- reader_count: patients
-- median_seconds: median time on the content
-- is_on_target: the content is made for the stage
with targets (content_stage, stage_code) as (
    values
        ('early', 'lead'), ('early', 'onboard'), ('early', 'nurture'), ('early', 'initiate'), ('middle', 'consolidate'),
        ('middle', 'intervene'), ('late', 'maintain'), ('late', 'winback')
),

reads as (
    select
        patient_id,
        event_date,
        json_extract_string(attributes, '$.content_stage') as content_stage,
        try_cast(json_extract_string(attributes, '$.seconds') as double) as seconds
    from int_activities__events
    where activity_type in ('read_article', 'view_video', 'view_live')
)

select
    h.line_code,
    cast(date_trunc('month', r.event_date) as date) as month_start,
    r.content_stage,
    h.stage_code,
    count(*) as read_count,
    count(distinct r.patient_id) as reader_count,
    cast(median(r.seconds) as double) as median_seconds,
    bool_or(t.stage_code is not null) as is_on_target
from reads as r
join fct_stage_history as h
    on h.patient_id = r.patient_id and h.from_date <= r.event_date and (h.to_date is null or h.to_date >= r.event_date)
left join targets as t on t.content_stage = r.content_stage and t.stage_code = h.stage_code
where r.content_stage <> ''
group by h.line_code, cast(date_trunc('month', r.event_date) as date), r.content_stage, h.stage_code
order by h.line_code, month_start, r.content_stage, h.stage_code
