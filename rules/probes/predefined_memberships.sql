select g.rolname::text as "role", m.rolname::text as "member"
  from pg_catalog.pg_auth_members a
  join pg_catalog.pg_roles g on g.oid = a.roleid
  join pg_catalog.pg_roles m on m.oid = a.member
 where g.rolname ~ '^pg_' and m.rolname !~ '^pg_'
 group by 1, 2
 order by 1, 2
