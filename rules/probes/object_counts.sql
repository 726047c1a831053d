-- Objects of users have numbers from 16384 on (FirstNormalObjectId); that spares reading the system's own.
with members as (
  select d.classid, d.objid from pg_catalog.pg_depend d where d.deptype = 'e' and d.objid >= 16384
), counts as (
  select (select pg_catalog.count(*) from pg_catalog.pg_class c
           where c.oid >= 16384 and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f') and c.relpersistence <> 't'
             and c.oid not in (select m.objid from members m where m.classid = 'pg_class'::pg_catalog.regclass)) as relations,
         (select pg_catalog.count(*) from pg_catalog.pg_class c
           where c.oid >= 16384 and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f', 'i', 'I') and c.relpersistence <> 't'
             and c.relnamespace <> 'pg_toast'::pg_catalog.regnamespace) as lockable,
         (select pg_catalog.count(*) from pg_catalog.pg_proc p
           where p.oid >= 16384
             and p.oid not in (select m.objid from members m where m.classid = 'pg_proc'::pg_catalog.regclass)) as functions,
         (select pg_catalog.count(*) from pg_catalog.pg_type t
           where t.oid >= 16384 and t.typtype in ('e', 'd', 'r')
             and t.oid not in (select m.objid from members m where m.classid = 'pg_type'::pg_catalog.regclass)) as types,
         (select pg_catalog.count(*) from pg_catalog.pg_namespace n
           where n.oid >= 16384 and n.nspname !~ '^pg_'
             and n.oid not in (select m.objid from members m where m.classid = 'pg_namespace'::pg_catalog.regclass)) as schemas,
         (select pg_catalog.count(*) from pg_catalog.pg_largeobject_metadata) as large_objects
)
select pg_catalog.current_database()::text as "name",
       relations as "relations", lockable as "lockable", functions as "functions", types as "types",
       schemas as "schemas", large_objects as "large_objects",
       relations + functions + types + schemas + large_objects as "total"
  from counts
