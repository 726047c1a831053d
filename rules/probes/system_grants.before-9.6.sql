-- Rights that initdb gives are not recorded before PostgreSQL 9.6, so those that everybody has are left out.
select c.oid::pg_catalog.regclass::text as "relation",
       (select pg_catalog.quote_ident(r.rolname) from pg_catalog.pg_roles r where r.oid = a.grantee) as "grantee",
       pg_catalog.string_agg(distinct a.privilege_type, ', ' order by a.privilege_type) as "privileges"
  from pg_catalog.pg_class c
  cross join lateral pg_catalog.aclexplode(c.relacl) a
  join pg_catalog.pg_roles g on g.oid = a.grantee
 where c.oid < 16384 and c.relacl is not null and c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace and a.grantee <> c.relowner
 group by 1, 2
 order by 1, 2
