-- What comes next: the first five stages (or drug classes, in the order of their first fill) of people, as flows from
-- each level to the next. An empty target is those who go no further.
-- $what: stages or classes; $line: filter, '' for all
with levels as (
    select h.patient_id, cast(h.stage_no as bigint) as level, h.stage_code as code
    from fct_stage_history h
    where $what = 'stages' and ($line = '' or h.line_code = $line)
    union all
    select patient_id, row_number() over (partition by patient_id order by first_day, drug_class_code), drug_class_code
    from (
        select patient_id, drug_class_code, min(era_start_date) as first_day
        from fct_drug_eras
        where $what = 'classes' and ($line = '' or line_code = $line)
        group by patient_id, drug_class_code
    )
),

steps as (
    select level, code, lead(code) over (partition by patient_id order by level) as next_code
    from levels
)

select level, code, case when level < 5 then coalesce(next_code, '') else '' end as next_code, count(*) as people
from steps
where level <= 5
group by all
order by level, people desc, code, next_code
