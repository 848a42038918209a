-- Days on which a patient has medicine of a line of disease (drug_class_code '') or of one of its classes, as
-- spells without a gap. A spell that starts after the patient died or left does not count.
-- grain: patient_id, line_code, drug_class_code, spell_start_date
-- inputs: int_fills__accepted, int_supply__spells, int_drugs__targets, int_patients__exits, ref.settings
with supplies as (
    select distinct patient_id, drug_line_code as line_code, supply_start_date, supply_end_date
    from int_fills__accepted
),

reached as (
    select
        *,
        max(supply_end_date) over (
            partition by patient_id, line_code order by supply_start_date, supply_end_date
            rows between unbounded preceding and 1 preceding
        ) as end_before
    from supplies
),

islands as (
    select
        *,
        sum(case when supply_start_date <= end_before + 1 then 0 else 1 end) over (
            partition by patient_id, line_code order by supply_start_date, supply_end_date rows unbounded preceding
        ) as island
    from reached
),

classes as (
    select distinct drug_class_code, line_code
    from int_drugs__targets
),

spells as (
    select
        patient_id,
        line_code,
        '' as drug_class_code,
        min(supply_start_date) as spell_start_date,
        max(supply_end_date) as spell_end_date
    from islands
    group by patient_id, line_code, island
    union all
    select s.patient_id, c.line_code, s.drug_class_code, s.spell_start_date, s.spell_end_date
    from int_supply__spells as s
    join classes as c on c.drug_class_code = s.drug_class_code
)

select
    p.patient_id,
    p.line_code,
    p.drug_class_code,
    p.spell_start_date,
    p.spell_end_date,
    least(g.as_of, coalesce(x.died_date, g.as_of), coalesce(x.left_date, g.as_of)) as observed_to,
    case
        when x.died_date <= least(g.as_of, coalesce(x.left_date, g.as_of)) then 'died'
        when x.left_date <= g.as_of then 'left_programme'
        else 'end_of_data'
    end as observed_why,
    lead(p.spell_start_date) over (
        partition by p.patient_id, p.line_code, p.drug_class_code order by p.spell_start_date
    ) as next_start_date
from spells as p
cross join ref.settings as g
left join int_patients__exits as x on x.patient_id = p.patient_id
where p.spell_start_date <= least(g.as_of, coalesce(x.died_date, g.as_of), coalesce(x.left_date, g.as_of))
