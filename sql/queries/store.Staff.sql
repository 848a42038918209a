-- Care workers who look after somebody.
select distinct owner_staff_id as staff_id
from dim_patients
where owner_staff_id <> ''
order by staff_id
