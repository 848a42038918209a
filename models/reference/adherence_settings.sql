-- One row: shift drug|class|none, same_day stack|longest, inpatient none|cms, index_date first_fill|fixed.
create table ref.adherence_settings (
    shift varchar, same_day varchar, carry_in boolean, inpatient varchar, index_date varchar,
    min_fill_dates integer, min_treatment_days integer
);
