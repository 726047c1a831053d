with members as (
  select classid, objid from pg_catalog.pg_depend where deptype = 'e'
), owned as (
  select relowner as role, ('pg_class'::pg_catalog.regclass)::oid as classid, c.oid as objid
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  union all
  select proowner, ('pg_proc'::pg_catalog.regclass)::oid, p.oid
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
   where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  union all
  select typowner, ('pg_type'::pg_catalog.regclass)::oid, t.oid
    from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
   where t.typtype in ('e', 'd', 'r') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  union all
  select nspowner, ('pg_namespace'::pg_catalog.regclass)::oid, n.oid
    from pg_catalog.pg_namespace n
   where n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'public')
  union all
  select datdba, ('pg_database'::pg_catalog.regclass)::oid, d.oid
    from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()
), owners as (
  select o.role, 'owner' as use, o.classid, o.objid from owned o
   where (o.classid, o.objid) not in (select classid, objid from members)
), named as (
  -- What is owned by other kinds of object, and everything granted, stands in pg_shdepend.
  select s.refobjid as role, case s.deptype when 'o' then 'owner' when 'a' then 'grantee' else 'policy' end as use,
         s.classid, s.objid
    from pg_catalog.pg_shdepend s
   where s.refclassid = ('pg_authid'::pg_catalog.regclass)::oid
     and s.deptype in ('o', 'a', 'r')
     and s.dbid = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
     and s.classid <> ('pg_extension'::pg_catalog.regclass)::oid
     and (s.classid, s.objid) not in (select classid, objid from members)
), together as (
  select role, use, classid, objid from owners
  union
  select role, use, classid, objid from named
)
select r.rolname::text as "role", t.use as "use", pg_catalog.count(*) as "objects"
  from together t
  join pg_catalog.pg_roles r on r.oid = t.role
 group by 1, 2
 order by 1, 2
