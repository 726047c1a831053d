with members as (
  select classid, objid from pg_catalog.pg_depend where deptype = 'e'
), spaces as (
  select n.oid, n.nspname from pg_catalog.pg_namespace n
   where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
), counts as (
  select (select pg_catalog.count(*) from pg_catalog.pg_class c join spaces s on s.oid = c.relnamespace
           where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
             and (('pg_class'::pg_catalog.regclass)::oid, c.oid) not in (select classid, objid from members)) as relations,
         (select pg_catalog.count(*) from pg_catalog.pg_class c join spaces s on s.oid = c.relnamespace
           where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f', 'i', 'I')) as lockable,
         (select pg_catalog.count(*) from pg_catalog.pg_proc p join spaces s on s.oid = p.pronamespace
           where (('pg_proc'::pg_catalog.regclass)::oid, p.oid) not in (select classid, objid from members)) as functions,
         (select pg_catalog.count(*) from pg_catalog.pg_type t join spaces s on s.oid = t.typnamespace
           where t.typtype in ('e', 'd', 'r')
             and (('pg_type'::pg_catalog.regclass)::oid, t.oid) not in (select classid, objid from members)) as types,
         (select pg_catalog.count(*) from spaces s where s.nspname <> 'public'
             and (('pg_namespace'::pg_catalog.regclass)::oid, s.oid) not in (select classid, objid from members)) as schemas,
         (select pg_catalog.count(*) from pg_catalog.pg_largeobject_metadata) as large_objects
)
select pg_catalog.current_database()::text as "name",
       relations as "relations", lockable as "lockable", functions as "functions", types as "types",
       schemas as "schemas", large_objects as "large_objects",
       relations + functions + types + schemas + large_objects as "total"
  from counts
