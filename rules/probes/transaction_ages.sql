select d.datname::text as "database", pg_catalog.age(d.datfrozenxid)::bigint as "age" from pg_catalog.pg_database d where d.datallowconn order by 1
