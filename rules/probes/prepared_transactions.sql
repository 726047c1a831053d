select x.gid as "name", x.owner::text as "owner", x.database::text as "database" from pg_catalog.pg_prepared_xacts x order by 1
