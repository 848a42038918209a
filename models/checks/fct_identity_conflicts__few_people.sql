-- Conflicts of identity: keys that belong to nobody because several people or too many accounts use them. Look at
-- phones and unionids; tablets and phones of the staff do no harm.
-- severity: warn
-- denominator: dim_patient_keys
-- inputs: fct_identity_conflicts
select distinct patient_key
from fct_identity_conflicts
where kind in ('phone', 'unionid')
