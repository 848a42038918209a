-- What became of measurements: people whose first and last reading of a kind lie at least 60 days apart, the means of
-- both and of the change, with its 95 % interval (normal approximation), and how many are better.
-- $line: filter, '' for all. Sums are of decimals, so that their last digit does not depend on the order of rows.
with kinds as (
    from (values ('bp_systolic', -1), ('bp_diastolic', -1), ('glucose', -1), ('hba1c', -1), ('ldl', -1), ('uacr', -1), ('vas', -1), ('harris', 1), ('tscore', 1), ('lvef', 1), ('egfr', 1)) k(kind, better)
),

ends as (
    select m.patient_id, m.kind, k.better, min_by(m.value, (m.event_at, m.value)) as first_value, max_by(m.value, (m.event_at, m.value)) as last_value
    from fct_measurements m
    join kinds k using (kind)
    join dim_patients p using (patient_id)
    where ($line = '' or p.line_code = $line) and (m.kind <> 'glucose' or m.context = 'fasting')
    group by m.patient_id, m.kind, k.better
    having max(m.event_at) - min(m.event_at) >= interval 60 days
)

select
    kind,
    count(*) as people,
    avg(cast(first_value as decimal(18, 6))) as first_mean,
    avg(cast(last_value as decimal(18, 6))) as last_mean,
    avg(cast(last_value as decimal(18, 6)) - cast(first_value as decimal(18, 6))) as change,
    1.959963984540054 * stddev_samp(last_value - first_value) / sqrt(count(*)) as half_width,
    count(*) filter (where (last_value - first_value) * better > 0) as improved,
    any_value(better) as better
from ends
group by kind
order by kind
