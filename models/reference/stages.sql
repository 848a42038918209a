-- Service stages of the lines in order; goals are joined by ";", horizon_days 0 without goals.
create table ref.stages (
    line_code varchar, stage_no integer, stage_code varchar, name_zh varchar, name_en varchar, goals varchar, horizon_days integer
);
