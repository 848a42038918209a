-- Therapeutic classes; the threshold of adherence is 0 to 1.
create table ref.drug_classes (
    drug_class_code varchar, line_code varchar, name_zh varchar, name_en varchar, adherence_threshold double
);
