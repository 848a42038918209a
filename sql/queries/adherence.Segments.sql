-- Groups of at least $min_count pairs whose adherence is lowest for certain: ordered by the upper end of the
-- 95 % Wilson interval, so that a small group with a low rate by chance does not come first.
-- $line, $class: filters, '' for all; $period: r90, r180, r365; $limit: rows
with pairs as (
    select
        a.line_code,
        a.drug_class_code,
        a.pdc_ratio,
        a.covered_days * 100 >= cast(round(c.adherence_threshold * 100) as bigint) * a.treatment_days as is_at_threshold,
        case when p.age is null then '' when p.age < 35 then '18-34' when p.age < 50 then '35-49' when p.age < 65 then '50-64' else '65+' end as age_band,
        coalesce(p.sex, '') as sex,
        coalesce(p.city_tier, '') as city_tier,
        coalesce(p.first_channel, '') as first_channel,
        coalesce(p.owner_staff_id, '') as owner_staff_id
    from fct_adherence a
    join dim_drug_classes c using (drug_class_code)
    join dim_patients p using (patient_id)
    where a.period_code = $period and ($line = '' or a.line_code = $line) and ($class = '' or a.drug_class_code = $class)
        and (a.is_eligible or ($period = 'r90' and a.fill_date_count >= 2))
),

groups as (
    select line_code, drug_class_code, 'age_band' as dimension, age_band as value, count(*) as counted, count(*) filter (where is_at_threshold) as adherent, avg(pdc_ratio) as mean_pdc from pairs group by all
    union all
    select line_code, drug_class_code, 'sex', sex, count(*), count(*) filter (where is_at_threshold), avg(pdc_ratio) from pairs group by all
    union all
    select line_code, drug_class_code, 'city_tier', city_tier, count(*), count(*) filter (where is_at_threshold), avg(pdc_ratio) from pairs group by all
    union all
    select line_code, drug_class_code, 'first_channel', first_channel, count(*), count(*) filter (where is_at_threshold), avg(pdc_ratio) from pairs group by all
    union all
    select line_code, drug_class_code, 'owner_staff_id', owner_staff_id, count(*), count(*) filter (where is_at_threshold), avg(pdc_ratio) from pairs group by all
),

bounded as (
    select *, adherent / counted as rate, 3.841458820694124 as z2
    from groups
    where counted >= $min_count and value <> ''
)

select line_code, drug_class_code, dimension, value, counted, adherent, mean_pdc
from bounded
order by (rate + z2 / (2 * counted) + sqrt(z2 * (rate * (1 - rate) + z2 / (4 * counted)) / counted)) / (1 + z2 / counted), line_code, drug_class_code, dimension, value
limit $limit
