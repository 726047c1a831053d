select r.rolname::text as "name", pg_catalog.pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION') as "can_grant"
  from pg_catalog.pg_roles r
 where r.rolname ~ '^pg_'
 order by 1
