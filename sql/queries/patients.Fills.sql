-- The accepted fills of one person with the days that they supply.
-- $patient: patient_id
select
    cast(f.fill_date as varchar) as fill_date,
    coalesce(d.name_zh, f.drug_code) as drug_zh,
    f.drug_code,
    f.drug_class_code,
    coalesce(c.name_zh, f.drug_class_code) as class_zh,
    coalesce(c.name_en, f.drug_class_code) as class_en,
    coalesce(f.channel, '') as channel,
    cast(f.days_supply as bigint) as days_supply,
    cast(f.supply_start_date as varchar) as supply_start_date,
    cast(f.supply_end_date as varchar) as supply_end_date,
    cast(coalesce(f.amount_fen, 0) as bigint) as amount_fen
from fct_fills f
left join (select drug_code, min(name_zh) as name_zh from dim_drugs group by drug_code) d using (drug_code)
left join dim_drug_classes c on c.drug_class_code = f.drug_class_code
where f.patient_id = $patient
order by f.drug_class_code, f.supply_start_date, f.claim_id
