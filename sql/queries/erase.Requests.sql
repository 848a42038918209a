-- People who asked to be erased and are still in the lake, with the newest time of their asking.
select patient_key, epoch_us(max(event_at)) as asked_at
from lake.activities
where activity_type = 'erasure_request' and patient_key <> ''
group by patient_key
order by asked_at, patient_key
