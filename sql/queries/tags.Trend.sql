-- How many people had a tag at the end of each of the last 13 weeks.
-- $tag: id of the tag; $line: filter, '' for all
select cast(d.day as varchar) as day, count(h.patient_id) as people
from (select unnest([as_of - cast(7 * n as int) for n in range(12, -1, -1)]) as day from meta.builds) d
left join (
    select h.* from fct_patient_tag_history h join dim_patients p using (patient_id) where h.tag_id = $tag and ($line = '' or p.line_code = $line)
) h on h.valid_from <= d.day and coalesce(h.valid_to, date '9999-12-31') >= d.day
group by d.day
order by d.day
