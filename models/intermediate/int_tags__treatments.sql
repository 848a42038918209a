-- Tags of the medicine that a patient has: classes whose supply covers the business day (or ended at most to_days ago), by
-- the therapeutic classes of the lines of disease; for some the newest fill is within some days instead. Endocrine therapy
-- means a receptor only where breast cancer is coded.
-- grain: patient_id, tag_id
-- inputs: int_supply__spells, int_patients__therapy, int_tags__diagnoses, int_fills__accepted, int_drugs__targets, ref.settings
-- by: patient_id
-- gives: onfh_tcm_course, onfh_tcm_gap, onfh_bisphosphonate, htn_combo_therapy, dm_oral_only, dm_insulin, dm_glp1, bc_tamoxifen, bc_ai,
--    bc_cdk46, bc_anti_her2, bc_hr_pos, bc_her2_pos, bc_premenopausal, bc_endo_year_1, bc_endo_year_2_5, bc_endo_year_5plus, rx_longterm, rx_addon
with classes as (
    select
        p.patient_id,
        p.drug_class_code,
        s.as_of,
        min(p.spell_start_date) as first_date,
        max(p.spell_start_date) as spell_start_date,
        max(p.spell_end_date) as end_date,
        as_of - max(p.spell_end_date) as gone_days,
        sum(greatest(0, least(p.spell_end_date, s.as_of) - greatest(p.spell_start_date, s.as_of - 209) + 1)) as days_of_210
    from int_supply__spells as p
    cross join ref.settings as s
    where p.drug_class_code <> ''
    group by p.patient_id, p.drug_class_code, s.as_of
),

grouped (tag_id, drug_class_code, from_days, to_days) as (
    values
        ('onfh_tcm_course', 'onfh_tcm', -100000, 0), ('onfh_tcm_gap', 'onfh_tcm', 15, 90),
        ('onfh_bisphosphonate', 'onfh_bisphosphonate', -100000, 0), ('bc_cdk46', 'bc_cdk46', -100000, 0),
        ('bc_her2_pos', 'bc_anti_her2', -100000, 100000)
),

-- Newest fill within so many days.
filled (tag_id, drug_class_code, within_days) as (
    values
        ('bc_anti_her2', 'bc_anti_her2', 42), ('bc_premenopausal', 'bc_gnrh', 90),
        ('bc_hr_pos', 'bc_ai', 36500), ('bc_hr_pos', 'bc_serm', 36500), ('bc_hr_pos', 'bc_gnrh', 36500)
),

-- Insulin counts for 60 days after its supply; it stands before GLP-1, and that before tablets.
diabetes as (
    select
        patient_id,
        case
            when min(gone_days) filter (where drug_class_code = 'dm_insulin') <= 60 then 'dm_insulin'
            when min(gone_days) filter (where drug_class_code = 'dm_glp1') <= 0 then 'dm_glp1'
            when min(gone_days) filter (where drug_class_code in ('dm_insulin', 'dm_glp1')) <= 90 then null
            when min(gone_days) filter (where drug_class_code not in ('dm_insulin', 'dm_glp1')) <= 0 then 'dm_oral_only'
        end as tag_id,
        max(spell_start_date) as valid_from
    from classes
    where starts_with(drug_class_code, 'dm_')
    group by patient_id
),

-- One endocrine therapy: the one that was started last.
endocrine as (
    select
        patient_id,
        max_by(drug_class_code, (spell_start_date, drug_class_code)) filter (where gone_days <= 0) as drug_class_code,
        max(spell_start_date) filter (where gone_days <= 0) as valid_from,
        min(first_date) as first_date,
        min(gone_days) as gone_days,
        any_value(as_of) as as_of
    from classes
    where drug_class_code in ('bc_ai', 'bc_serm')
    group by patient_id
),

tagged as (
    select c.patient_id, g.tag_id, min(c.spell_start_date) as valid_from
    from classes as c
    join grouped as g on g.drug_class_code = c.drug_class_code and c.gone_days between g.from_days and g.to_days
    group by c.patient_id, g.tag_id
    union all
    select f.patient_id, g.tag_id, min(f.event_date) as valid_from
    from int_fills__accepted as f
    join int_drugs__targets as t on t.drug_code = f.drug_code
    join filled as g on g.drug_class_code = t.drug_class_code
    join ref.settings as s on f.event_date > s.as_of - g.within_days
    where g.tag_id <> 'bc_hr_pos' or f.patient_id in (select patient_id from int_tags__diagnoses where tag_id = 'bc_dx')
    group by f.patient_id, g.tag_id
    union all
    select patient_id, 'htn_combo_therapy' as tag_id, max(spell_start_date) as valid_from
    from classes
    where starts_with(drug_class_code, 'htn_') and gone_days <= 0
    group by patient_id
    having count(*) >= 2
    union all
    select patient_id, tag_id, valid_from
    from diabetes
    where tag_id is not null
    union all
    select patient_id, case drug_class_code when 'bc_ai' then 'bc_ai' else 'bc_tamoxifen' end as tag_id, valid_from
    from endocrine
    where drug_class_code is not null
    union all
    select
        patient_id,
        case
            when as_of - first_date <= 365 then 'bc_endo_year_1'
            when as_of - first_date <= 1825 then 'bc_endo_year_2_5'
            else 'bc_endo_year_5plus'
        end as tag_id,
        first_date as valid_from
    from endocrine
    where as_of - first_date <= 1825 or gone_days <= 0
    union all
    select patient_id, 'rx_longterm' as tag_id, min(first_date) as valid_from
    from classes
    where days_of_210 >= 180
    group by patient_id
    union all
    -- A class that is new in 90 days while another of the same line, started before, lasts 14 days into it.
    select n.patient_id, 'rx_addon' as tag_id, max(n.first_date) as valid_from
    from classes as n
    join classes as o
        on o.patient_id = n.patient_id and split_part(o.drug_class_code, '_', 1) = split_part(n.drug_class_code, '_', 1)
        and o.first_date < n.first_date and o.end_date >= n.first_date + 14 and o.spell_start_date <= n.first_date
    where n.first_date > n.as_of - 90
    group by n.patient_id
)

select
    g.patient_id,
    g.tag_id,
    least(g.valid_from, s.as_of) as valid_from,
    date '9999-12-31' as last_date,
    1 as evidence_count,
    t.last_event_id,
    1.0 as confidence
from tagged as g
cross join ref.settings as s
join int_patients__therapy as t on t.patient_id = g.patient_id
