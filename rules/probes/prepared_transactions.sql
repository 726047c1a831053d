select x.gid as "name", x.owner::text as "owner" from pg_catalog.pg_prepared_xacts x
 where x.database = pg_catalog.current_database()
 order by 1
