select g.rolname::text as "role", m.rolname::text as "member", coalesce(w.rolname::text, '') as "grantor", a.admin_option as "admin"
  from pg_catalog.pg_auth_members a
  join pg_catalog.pg_roles g on g.oid = a.roleid
  join pg_catalog.pg_roles m on m.oid = a.member
  left join pg_catalog.pg_roles w on w.oid = a.grantor
 where g.rolname !~ '^pg_' and m.rolname !~ '^pg_' and (a.admin_option or not coalesce(w.rolsuper, false))
 order by 1, 2, 3
