-- Steps of the funnels in order; nth and after_days refine fill and covered_day.
create table ref.funnel_steps (
    funnel_code varchar, line_code varchar, step_no integer, step_code varchar, name_zh varchar, name_en varchar,
    event varchar, nth integer, after_days integer
);
