with objects as (
  select c.oid::pg_catalog.regclass::text as name, c.relowner as owner, c.relacl as acl, i.initprivs as first
    from pg_catalog.pg_class c
    left join pg_catalog.pg_init_privs i
      on i.objoid = c.oid and i.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and i.objsubid = 0
   where c.oid < 16384 and c.relacl is distinct from i.initprivs and c.relacl is not null
     and c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace
  union all
  select 'function ' || p.oid::pg_catalog.regprocedure, p.proowner, p.proacl, coalesce(i.initprivs, pg_catalog.acldefault('f', p.proowner))
    from pg_catalog.pg_proc p
    left join pg_catalog.pg_init_privs i
      on i.objoid = p.oid and i.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass and i.objsubid = 0
   where p.oid < 16384 and p.proacl is distinct from i.initprivs and p.proacl is not null
     and p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace
)
select o.name as "relation",
       coalesce((select pg_catalog.quote_ident(r.rolname) from pg_catalog.pg_roles r where r.oid = a.grantee), 'public') as "grantee",
       pg_catalog.string_agg(distinct a.privilege_type, ', ' order by a.privilege_type) as "privileges"
  from objects o
 cross join lateral pg_catalog.aclexplode(o.acl) a
 where a.grantee <> o.owner
   and not exists (
       select from pg_catalog.aclexplode(o.first) f
        where f.grantee = a.grantee and f.privilege_type = a.privilege_type)
 group by 1, 2
 order by 1, 2
