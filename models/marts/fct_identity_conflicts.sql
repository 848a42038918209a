-- What the build does not take for granted about who is who, one row for every person that it touches. A key
-- that is shared joins nobody; staff look at phones and unionids first.
-- grain: patient_key, reason, patient_id
-- inputs: int_identity__conflicts, int_identity__keys
-- patient_key: pseudonym of the key in question; of the person, when statements differ
-- kind: kind of the key: phone, device, youzan, …; empty when statements differ
-- reason: crowded (linked to more keys of one kind than a person has), shared (as near to two people), sex_differs, birth_year_differs
-- patient_id: a person that it touches
-- link_count: links of the key to this person; how many ways there are to read the statement
-- patient_count: people that the key touches
-- first_seen_at: when the key first occurred
-- last_seen_at: when the key last occurred
select
    c.patient_key,
    c.kind,
    c.reason,
    c.patient_id,
    cast(c.link_count as integer) as link_count,
    cast(c.patient_count as integer) as patient_count,
    k.first_seen_at,
    k.last_seen_at
from int_identity__conflicts as c
join int_identity__keys as k on k.patient_key = c.patient_key
order by c.patient_key, c.reason, c.patient_id
