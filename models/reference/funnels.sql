-- Funnels of the lines of disease; window_days 0 is no limit, an empty who_attribute is everybody.
create table ref.funnels (
    funnel_code varchar, line_code varchar, name_zh varchar, name_en varchar, is_journey boolean, is_loose boolean,
    window_days integer, who_attribute varchar, who_value varchar
);
