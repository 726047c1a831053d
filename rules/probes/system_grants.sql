select c.oid::pg_catalog.regclass::text as "relation",
       coalesce((select pg_catalog.quote_ident(r.rolname) from pg_catalog.pg_roles r where r.oid = a.grantee), 'public') as "grantee",
       pg_catalog.string_agg(distinct a.privilege_type, ', ' order by a.privilege_type) as "privileges"
  from pg_catalog.pg_class c
  left join pg_catalog.pg_init_privs i
    on i.objoid = c.oid and i.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and i.objsubid = 0
  cross join lateral pg_catalog.aclexplode(c.relacl) a
 where c.oid < 16384 and c.relacl is distinct from i.initprivs and c.relacl is not null
   and c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace and a.grantee <> c.relowner
   and not exists (
       select from pg_catalog.aclexplode(i.initprivs) o
        where o.grantee = a.grantee and o.privilege_type = a.privilege_type)
 group by 1, 2
 order by 1, 2
