-- What became of the first prescription of a patient in a line of disease: primary non-adherence and the time to
-- the first fill. Patients who had the medicine before anybody prescribed it here are left out.
-- grain: patient_id, line_code
-- inputs: int_prescriptions__items, int_fills__accepted, int_patients__exits, ref.settings
-- by: patient_id
-- patient_id: the person
-- line_code: line of disease of the prescribed drug
-- prescribed_date: business day of the first prescription
-- fill_date: first fill of a drug of the line from then on, empty when there is none
-- channel: channel of the fill, else of the prescription
-- time_days: days from the prescription to the fill, else to death, leaving or the business day
-- is_filled: whether there is a fill; false is censored
-- status: filled (within 30 days), late (filled after 30 days), pending (30 days not over), abandoned (30 days over)
with prescribed as (
    select
        patient_id,
        drug_line_code as line_code,
        min(event_date) as prescribed_date,
        min_by(channel, (event_at, event_id)) as channel
    from int_prescriptions__items
    where event_type = 'prescribed' and is_drug
    group by patient_id, drug_line_code
),

filled as (
    select
        patient_id,
        drug_line_code as line_code,
        min(event_date) as fill_date,
        min_by(channel, (event_at, event_id)) as channel
    from int_fills__accepted
    group by patient_id, drug_line_code
),

followed as (
    select
        p.patient_id,
        p.line_code,
        p.prescribed_date,
        f.fill_date,
        coalesce(f.channel, p.channel) as channel,
        least(s.as_of, coalesce(x.died_date, s.as_of), coalesce(x.left_date, s.as_of)) as observed_to
    from prescribed as p
    cross join ref.settings as s
    left join filled as f on f.patient_id = p.patient_id and f.line_code = p.line_code
    left join int_patients__exits as x on x.patient_id = p.patient_id
    where coalesce(f.fill_date >= p.prescribed_date, true)
)

select
    patient_id,
    line_code,
    prescribed_date,
    fill_date,
    channel,
    cast(greatest(0, coalesce(fill_date, observed_to) - prescribed_date) as integer) as time_days,
    fill_date is not null as is_filled,
    case
        when fill_date <= prescribed_date + 30 then 'filled'
        when fill_date is not null then 'late'
        when observed_to - prescribed_date <= 30 then 'pending'
        else 'abandoned'
    end as status
from followed
order by patient_id, line_code
