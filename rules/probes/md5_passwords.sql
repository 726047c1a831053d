select a.rolname::text as "role" from pg_catalog.pg_authid a where a.rolpassword like 'md5%' order by 1
