-- The business day of a moment: its date in Asia/Shanghai.
create or replace macro local_date(ts) as cast(timezone('Asia/Shanghai', ts) as date);
-- The hour of the day in Asia/Shanghai, 0 to 23.
create or replace macro local_hour(ts) as cast(extract('hour' from timezone('Asia/Shanghai', ts)) as integer);
-- The first moment after a business day, for comparing many moments with one day.
create or replace macro day_end(day) as timezone('Asia/Shanghai', cast(day + 1 as timestamp));
