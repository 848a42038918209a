-- One row: the business day that the warehouse shows, and the name of the build.
create table ref.settings (as_of date, build_id varchar);
