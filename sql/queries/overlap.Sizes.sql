-- How many people are in each combination of segments and in no other of them, the largest first. A combination is a mask
-- with a bit for each of its segments.
-- The statement of the people of the segments, one row for each segment that a person is in, takes the place of the parameter.
select cast(mask as bigint) as mask, count(*) as people
from (select patient_id, sum(bit) as mask from ($memberships) group by patient_id)
group by mask
order by people desc, mask
