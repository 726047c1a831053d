select distinct pg_catalog.btrim(pg_catalog.regexp_replace(entry, '^.*/', ''), ' "') as "name"
  from pg_catalog.regexp_split_to_table(pg_catalog.current_setting('shared_preload_libraries'), ',') as entry
 where pg_catalog.btrim(entry, ' "') <> ''
 order by 1
