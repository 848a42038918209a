-- Lines of disease; ICD-10 codes are joined by ";".
create table ref.lines (line_code varchar, name_zh varchar, name_en varchar, icd10_codes varchar);
