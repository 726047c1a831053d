-- Objects of users have numbers from 16384 on (FirstNormalObjectId); that spares reading the system's own.
with owned as (
  -- pg_shdepend does not name the superuser that initdb made, so what that role owns is read from the objects.
  select c.relowner as role, 'owner' as use, 'pg_class'::pg_catalog.regclass::oid as classid, c.oid as objid
    from pg_catalog.pg_class c
   where c.oid >= 16384 and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f') and c.relpersistence <> 't'
  union all
  select p.proowner, 'owner', 'pg_proc'::pg_catalog.regclass::oid, p.oid from pg_catalog.pg_proc p where p.oid >= 16384
  union all
  select t.typowner, 'owner', 'pg_type'::pg_catalog.regclass::oid, t.oid from pg_catalog.pg_type t
   where t.oid >= 16384 and t.typtype in ('e', 'd', 'r')
  union all
  select n.nspowner, 'owner', 'pg_namespace'::pg_catalog.regclass::oid, n.oid from pg_catalog.pg_namespace n
   where n.oid >= 16384 and n.nspname !~ '^pg_'
  union all
  select d.datdba, 'owner', 'pg_database'::pg_catalog.regclass::oid, d.oid from pg_catalog.pg_database d
   where d.datname = pg_catalog.current_database()
), named as (
  select s.refobjid, case s.deptype when 'o' then 'owner' when 'a' then 'grantee' else 'policy' end, s.classid, s.objid
    from pg_catalog.pg_shdepend s
   where s.refclassid = 'pg_authid'::pg_catalog.regclass
     and s.deptype in ('o', 'a', 'r')
     and s.dbid = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
     and s.classid <> 'pg_extension'::pg_catalog.regclass
), together as (
  select * from owned
  union
  select * from named
)
select r.rolname::text as "role", t.use as "use", pg_catalog.count(*) as "objects"
  from together t
  join pg_catalog.pg_roles r on r.oid = t.role
  left join pg_catalog.pg_depend e on e.classid = t.classid and e.objid = t.objid and e.deptype = 'e'
 where e.objid is null
 group by 1, 2
 order by 1, 2
