select r.rolname::text  as "name",
       r.rolsuper       as "superuser",
       r.rolcreaterole  as "createrole",
       r.rolcreatedb    as "createdb",
       r.rolreplication as "replication",
       r.rolbypassrls   as "bypassrls",
       r.rolcanlogin    as "login",
       r.rolinherit     as "inherit",
       r.rolconnlimit   as "connections_max",
       pg_catalog.pg_has_role(r.oid, 'SET') as "can_set",
       -- Who made a role has ADMIN on it, and can so become it.
       pg_catalog.pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION') as "can_grant"
  from pg_catalog.pg_roles r
 where r.rolname !~ '^pg_'
 order by 1
