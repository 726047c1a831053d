select distinct pg_catalog.lower(pg_catalog.btrim(entry, ' "')) as "name"
  from (values ('azure.extensions'), ('rds.allowed_extensions')) as s (name),
       pg_catalog.regexp_split_to_table(coalesce(pg_catalog.current_setting(s.name, true), ''), ',') as entry
 where pg_catalog.btrim(entry, ' "') <> ''
 order by 1
