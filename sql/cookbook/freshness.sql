-- title_zh: 数据新鲜度
-- title_en: How fresh the numbers are
-- question: When were they built, from which snapshots, and what do the checks say?
select 'as of' as what, cast(as_of as varchar) as value from meta.builds
union all
select 'newest ' || table_name, cast(newest_event_at as varchar) from meta.sources
union all
select 'check ' || name, violated || ' of ' || denominator from meta.checks where violated > 0
