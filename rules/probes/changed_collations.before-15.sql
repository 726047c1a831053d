select pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.collname) as "collation", c.collversion as "recorded", pg_catalog.pg_collation_actual_version(c.oid) as "actual"
  from pg_catalog.pg_collation c join pg_catalog.pg_namespace n on n.oid = c.collnamespace
 where c.collversion <> pg_catalog.pg_collation_actual_version(c.oid)
   and exists (select from pg_catalog.pg_depend d where d.refclassid = 'pg_catalog.pg_collation'::pg_catalog.regclass and d.refobjid = c.oid)
 order by 1
