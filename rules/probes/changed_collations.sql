select c.oid::pg_catalog.regcollation::text as "collation", c.collversion as "recorded", pg_catalog.pg_collation_actual_version(c.oid) as "actual"
  from pg_catalog.pg_collation c
 where c.collversion <> pg_catalog.pg_collation_actual_version(c.oid)
   and exists (select from pg_catalog.pg_depend d where d.refclassid = 'pg_catalog.pg_collation'::pg_catalog.regclass and d.refobjid = c.oid)
union all
select 'database ' || pg_catalog.quote_ident(d.datname), d.datcollversion, pg_catalog.pg_database_collation_actual_version(d.oid)
  from pg_catalog.pg_database d
 where d.datname = pg_catalog.current_database() and d.datcollversion <> pg_catalog.pg_database_collation_actual_version(d.oid)
 order by 1
