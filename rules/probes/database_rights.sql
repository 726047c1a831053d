select d.datname::text as "name", pg_catalog.pg_get_userbyid(d.datdba)::text as "owner",
       pg_catalog.has_database_privilege(d.oid, 'CREATE') as "creates_schemas"
  from pg_catalog.pg_database d
 where d.datname = pg_catalog.current_database()
