select r.rolname::text      as "name",
       r.rolsuper           as "superuser",
       r.rolcreaterole      as "createrole",
       r.rolcreatedb        as "createdb",
       r.rolreplication     as "replication",
       r.rolbypassrls       as "bypassrls",
       r.rolconnlimit       as "connections_max",
       pg_catalog.to_json(array(
           select m.rolname::text from pg_catalog.pg_roles m
            where pg_catalog.pg_has_role(r.oid, m.oid, 'MEMBER')
            order by 1)) as "member_of"
  from pg_catalog.pg_roles r
 where r.rolname = current_user
