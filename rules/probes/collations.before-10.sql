select c.collname::text as "name", 'libc'::text as "provider",
       pg_catalog.min(pg_catalog.lower(pg_catalog.replace(pg_catalog.replace(c.collcollate::text, '-', ''), '.', ''))) as "locale_key"
  from pg_catalog.pg_collation c
 where c.collnamespace = 'pg_catalog'::pg_catalog.regnamespace
 group by 1 order by 1
