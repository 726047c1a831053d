-- Objects of users have numbers from 16384 on (FirstNormalObjectId); that spares reading the system's own.
with grants as (
  select c.oid::pg_catalog.regclass::text as object, a.grantee
    from pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) a
   where c.relacl is not null and c.oid >= 16384 and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
  union all
  select 'schema ' || pg_catalog.quote_ident(n.nspname), a.grantee
    from pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) a
   where n.nspacl is not null
  union all
  select 'function ' || p.oid::pg_catalog.regprocedure::text, a.grantee
    from pg_catalog.pg_proc p, pg_catalog.aclexplode(p.proacl) a
   where p.oid >= 16384 and p.proacl is not null
  union all
  select 'database ' || pg_catalog.quote_ident(d.datname), a.grantee
    from pg_catalog.pg_database d, pg_catalog.aclexplode(d.datacl) a
   where d.datname = pg_catalog.current_database()
)
select g.grantee::bigint as "role_number",
       pg_catalog.count(*) as "objects",
       pg_catalog.min(g.object) as "example"
  from grants g
 where g.grantee <> 0
   and not exists (select from pg_catalog.pg_roles r where r.oid = g.grantee)
 group by 1
 order by 1
