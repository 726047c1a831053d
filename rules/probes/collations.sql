select c.collname::text as "name", pg_catalog.min(case c.collprovider when 'i' then 'icu' when 'b' then 'builtin' when 'd' then 'default' else 'libc' end) as "provider",
       pg_catalog.min(pg_catalog.lower(pg_catalog.replace(pg_catalog.replace(coalesce(c.collcollate::text, c.collname::text), '-', ''), '.', ''))) as "locale_key"
  from pg_catalog.pg_collation c
 where c.collnamespace = 'pg_catalog'::pg_catalog.regnamespace
 group by 1 order by 1
