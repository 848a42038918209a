-- The results of the checks, broken ones first.
select
    name,
    severity,
    cast(violated as bigint) as violated,
    cast(denominator as bigint) as denominator,
    coalesce(description, '') as description
from meta.checks
order by violated > 0 desc, severity = 'error' desc, name
