-- The time of the clock in Asia/Shanghai. Since 1991 it is eight hours ahead of UTC; what came before is looked up, which takes
-- twenty times as long.
create or replace macro local_time(ts) as case
    when ts >= timestamptz '1992-01-01 00:00:00+08' then make_timestamp(epoch_us(ts) + 28800000000)
    else timezone('Asia/Shanghai', ts)
end;
-- The business day of a moment: its date in Asia/Shanghai.
create or replace macro local_date(ts) as cast(local_time(ts) as date);
-- The hour of the day in Asia/Shanghai, 0 to 23.
create or replace macro local_hour(ts) as cast(extract('hour' from local_time(ts)) as integer);
-- The minute of the day in Asia/Shanghai, 0 to 1439.
create or replace macro minute_of_day(ts) as cast(extract('hour' from local_time(ts)) * 60 + extract('minute' from local_time(ts)) as integer);
-- The first moment after a business day, for comparing many moments with one day.
create or replace macro day_end(day) as timezone('Asia/Shanghai', cast(day + 1 as timestamp));
-- The probability that a standard normal number is larger than z, z >= 0, to 15 digits (West 2005, after Hart).
create or replace macro normal_tail(z) as case
    when z < 7.07106781186547 then exp(-z * z / 2.0)
        * ((((((0.0352624965998911 * z + 0.700383064443688) * z + 6.37396220353165) * z + 33.912866078383) * z
            + 112.079291497871) * z + 221.213596169931) * z + 220.206867912376)
        / (((((((0.0883883476483184 * z + 1.75566716318264) * z + 16.064177579207) * z + 86.7807322029461) * z
            + 296.564248779674) * z + 637.333633378831) * z + 793.826512519948) * z + 440.413735824752)
    when z < 38 then exp(-z * z / 2.0) / (z + 1.0 / (z + 2.0 / (z + 3.0 / (z + 4.0 / (z + 0.65))))) / 2.506628274631
    else 0.0
end;
-- Whether a condition of a rule holds: one that is null does not matter.
create or replace macro holds(wanted, value) as wanted is null or wanted = value;
create or replace macro at_least(wanted, value) as wanted is null or coalesce(value >= wanted, false);
create or replace macro at_most(wanted, value) as wanted is null or coalesce(value <= wanted, false);
-- Why a proportion of days covered does not count: '' when it does.
create or replace macro ineligible_reason(fill_dates, min_fill_dates, period_days, min_period_days, treatment_days) as case
    when fill_dates < min_fill_dates then 'few_fill_dates'
    when period_days < min_period_days then 'short_treatment'
    when treatment_days <= 0 then 'no_treatment_days'
    else ''
end;
-- Whether days are a share of the days of treatment, 0.80 when the share is missing; in integers, so that 80 of 100 days are exactly enough.
create or replace macro reaches_share(days, treatment_days, share) as days * 10000 >= cast(round(coalesce(share, 0.8) * 10000) as bigint) * treatment_days;
-- A number as 18 decimals: sums and means of such numbers do not depend on the order of the rows, as those of floating point do in the last digit.
create or replace macro exact(x) as cast(x as decimal(38, 18));
