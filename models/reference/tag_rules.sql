-- Conditions of tags as data: a patient has the tag when all conditions with role all hold, one with role any
-- (if there is one), and none with role none. rule_no is the line of the file.
create table ref.tag_rules (
    tag_id varchar, rule_no integer, role varchar, source varchar, name varchar, detail varchar, op varchar, value varchar,
    pick varchar, window_days integer, min_count integer, min_days integer
);
