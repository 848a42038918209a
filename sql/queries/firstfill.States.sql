-- What became of first prescriptions, by channel: filled within 30 days, later, still pending, or abandoned.
-- $line: filter, '' for all; $from, $to: first and last day of the prescription
select
    channel,
    count(*) as people,
    count(*) filter (where status = 'filled') as filled,
    count(*) filter (where status = 'late') as late,
    count(*) filter (where status = 'pending') as pending,
    count(*) filter (where status = 'abandoned') as abandoned
from fct_first_fills
where ($line = '' or line_code = $line) and prescribed_date between cast($from as date) and cast($to as date)
group by channel
order by people desc, channel
