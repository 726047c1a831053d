select n.nspname::text as "schema",
       c.relname::text as "name",
       pg_catalog.pg_get_userbyid(c.relowner)::text as "owner",
       c.relforcerowsecurity as "forced"
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where c.oid >= 16384 and c.relkind in ('r', 'p')
   and c.relrowsecurity
   and pg_catalog.row_security_active(c.oid)
   and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
 order by 1, 2
