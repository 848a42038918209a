-- Why people stopped, as far as they said it around the stop: the reasons of those who stopped, most frequent first.
-- $line, $class: filters, '' for all; $grace: permissible gap in days;
-- $from, $to: first and last day of the first fill
select stop_reason, count(*) as people
from fct_persistence
where is_stopped and grace_days = cast($grace as int) and ($line = '' or line_code = $line) and drug_class_code = $class
    and index_date between cast($from as date) and cast($to as date)
group by stop_reason
order by stop_reason = 'unknown', people desc, stop_reason
