-- The staff member who looks after most people: whose team a tried ops role shows.
select owner_staff_id
from dim_patients
where owner_staff_id <> ''
group by owner_staff_id
order by count(*) desc, owner_staff_id
limit 1
