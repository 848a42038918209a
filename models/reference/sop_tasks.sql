-- What the care team does after a patient enters a stage, in days after the entry.
create table ref.sop_tasks (
    line_code varchar, stage_code varchar, task_code varchar, name_zh varchar, name_en varchar, from_day integer, to_day integer
);
