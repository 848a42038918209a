-- Ordered rules that give a stage or a group (rule_kind); a condition that is null does not matter.
create table ref.stage_rules (
    line_code varchar, rule_kind varchar, rule_no integer, code varchar, is_gone boolean, is_buyer boolean, is_friend boolean,
    is_known boolean, has_consent boolean, has_do_not_contact boolean, is_low boolean, uncovered_from integer, silent_from integer,
    therapy_to integer, friend_to integer
);
