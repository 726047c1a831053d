select distinct pg_catalog.lower(pg_catalog.btrim(entry, ' "')) as "name"
  from pg_catalog.pg_settings s,
       pg_catalog.regexp_split_to_table(s.setting, ',') as entry
 where s.name in ('azure.extensions', 'rds.allowed_extensions')
   and pg_catalog.btrim(entry, ' "') <> ''
 order by 1
