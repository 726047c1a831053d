select e.extname::text    as "name",
       e.extversion::text as "version",
       n.nspname::text    as "schema",
       pg_catalog.pg_get_userbyid(e.extowner)::text as "owner",
       -- plpgsql lives there in every database; for anything else it is an accident.
       n.nspname in ('pg_catalog', 'information_schema') and e.extname <> 'plpgsql' as "in_system_schema"
  from pg_catalog.pg_extension e
  join pg_catalog.pg_namespace n on n.oid = e.extnamespace
 order by 1
