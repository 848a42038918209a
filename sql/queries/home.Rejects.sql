-- Fills that were refused, all reasons together, with the number of fills that were looked at.
select
    (select count(*) from fct_rejected_fills) as rejected_count,
    (select count(*) from fct_rejected_fills) + (select count(*) from fct_fills) as fill_count,
    (select count(*) from meta.checks where violated > 0) as failed_checks,
    (select count(*) from meta.checks) as check_count
