-- The load of every care worker on the business day: patients, how many may be contacted, open work. A care worker is
-- meant to look after 500 to 5,000 patients; 8,000 is what the tools bear.
-- grain: staff_id
-- inputs: dim_patients, fct_alerts
-- staff_id: care worker, empty for patients whom nobody looks after
-- patient_count: patients
-- buyer_count: patients who have ever filled
-- reachable_count: patients with consent who do not mind contact and have not left
-- alert_count: open alerts
-- high_alert_count: of these, severity high
-- load_band: below_500, 500_5000, 5000_8000 or over_8000
with alerts as (
    select
        owner_staff_id,
        count(*) as alert_count,
        count(*) filter (where severity = 'high') as high_alert_count
    from fct_alerts
    group by owner_staff_id
),

loads as (
    select
        owner_staff_id,
        count(*) as patient_count,
        count(last_covered_date) as buyer_count,
        count(*) filter (where has_service_consent and not has_do_not_contact and stage_code <> 'exit') as reachable_count
    from dim_patients
    group by owner_staff_id
)

select
    n.owner_staff_id as staff_id,
    n.patient_count,
    n.buyer_count,
    n.reachable_count,
    coalesce(a.alert_count, 0) as alert_count,
    coalesce(a.high_alert_count, 0) as high_alert_count,
    case
        when n.patient_count < 500 then 'below_500'
        when n.patient_count <= 5000 then '500_5000'
        when n.patient_count <= 8000 then '5000_8000'
        else 'over_8000'
    end as load_band
from loads as n
left join alerts as a on a.owner_staff_id = n.owner_staff_id
order by n.owner_staff_id
