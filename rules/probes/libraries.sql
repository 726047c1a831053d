with folders as (
  select pg_catalog.replace(entry, '$libdir', c.setting) as folder, '' as prefix
    from pg_catalog.pg_config c
   cross join pg_catalog.regexp_split_to_table(pg_catalog.current_setting('dynamic_library_path'), ':') as entry
   where c.name = 'PKGLIBDIR'
  union
  select c.setting, '' from pg_catalog.pg_config c where c.name = 'PKGLIBDIR'
  union all
  select c.setting || '/plugins', 'plugins/' from pg_catalog.pg_config c where c.name = 'PKGLIBDIR'
)
select distinct f.prefix || pg_catalog.regexp_replace(file, '\.(so|dylib|dll)$', '') as "name"
  from folders f
 cross join lateral pg_catalog.pg_ls_dir(f.folder, true, false) as file
 where file ~ '\.(so|dylib|dll)$'
 order by 1
