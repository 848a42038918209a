-- Patients were assigned to an experiment more than once; the first arm counts. Ask who assigns them.
-- severity: warn
-- denominator: fct_experiment_patients
-- inputs: fct_experiment_patients
select experiment_code, patient_id
from fct_experiment_patients
where assignment_count > 1
