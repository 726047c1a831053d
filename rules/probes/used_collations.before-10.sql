select n.nspname::text as "schema", c.collname::text as "name", 'libc'::text as "provider",
       c.collcollate::text as "locale", pg_catalog.lower(pg_catalog.replace(pg_catalog.replace(c.collcollate::text, '-', ''), '.', '')) as "locale_key", c.oid >= 16384 as "of_user",
       (select pg_catalog.count(*) from pg_catalog.pg_depend d where d.refclassid = 'pg_catalog.pg_collation'::pg_catalog.regclass and d.refobjid = c.oid)
       as "objects"
  from pg_catalog.pg_collation c
  join pg_catalog.pg_namespace n on n.oid = c.collnamespace
 where c.collname not in ('default', 'C', 'POSIX')
   and (c.oid >= 16384 or exists (
        select from pg_catalog.pg_depend d where d.refclassid = 'pg_catalog.pg_collation'::pg_catalog.regclass and d.refobjid = c.oid and d.objid >= 16384))
   and n.nspname <> 'information_schema'
 order by 1, 2
