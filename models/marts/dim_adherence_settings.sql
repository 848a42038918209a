-- The rules by which fct_adherence was counted, one row.
-- grain: shift
-- inputs: ref.adherence_settings
-- shift: supply of one drug, of one class or none is shifted behind earlier supply
-- same_day: fills of one drug on one day are stacked, or the longest counts
-- carry_in: whether supply from before the period counts
-- inpatient: none, or cms: stay days leave numerator and denominator
-- index_date: first_fill, or fixed at the start of the period
-- min_fill_dates: different fill dates that eligibility needs
-- min_treatment_days: days of treatment period that eligibility needs
select
    shift,
    same_day,
    carry_in,
    inpatient,
    index_date,
    min_fill_dates,
    min_treatment_days
from ref.adherence_settings
