-- Before PostgreSQL 16 CREATEROLE is enough to grant every role that is no superuser.
select r.rolname::text as "name",
       pg_catalog.pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION')
       or (select u.rolcreaterole from pg_catalog.pg_roles u where u.rolname = current_user) as "can_grant"
  from pg_catalog.pg_roles r
 where r.rolname ~ '^pg_'
 order by 1
