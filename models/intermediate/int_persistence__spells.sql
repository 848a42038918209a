-- Days on which a patient has medicine of a line of disease (drug_class_code '') or of one of its classes, as
-- spells without a gap. A spell that starts after the patient died or left does not count.
-- grain: patient_id, line_code, drug_class_code, spell_start_date
-- inputs: int_supply__stretches, int_drugs__targets, int_patients__exits, ref.settings
-- by: patient_id
with classes as (
    select distinct drug_class_code, line_code
    from int_drugs__targets
),

spells as (
    select patient_id, code as line_code, '' as drug_class_code, start_date as spell_start_date, end_date as spell_end_date
    from int_supply__stretches
    where scope = 'line'
    union all
    select s.patient_id, c.line_code, s.code as drug_class_code, s.start_date, s.end_date
    from int_supply__stretches as s
    join classes as c on c.drug_class_code = s.code
    where s.scope = 'class'
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
