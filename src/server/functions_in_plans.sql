-- Tables, by schema and name, over which no query can be planned without looking into an expression that calls a function
-- of a user: one of an index, of a statistics object, or of a partition key. The planner simplifies them, which runs a function
-- whose arguments are constants, and reads the body of one in SQL. What is written in C belongs to superusers.
with recursive called (oid) as (
  select p.oid from pg_catalog.pg_proc p join pg_catalog.pg_language l on l.oid = p.prolang
   where p.oid >= 16384 and l.lanname not in ('c', 'internal')
), expressions (classid, objid, relation) as (
  select 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, i.indexrelid, i.indrelid from pg_catalog.pg_index i
   where i.indexprs is not null or i.indpred is not null
  union all
  select 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, s.oid, s.stxrelid from pg_catalog.pg_statistic_ext s
  union all
  select 'pg_catalog.pg_class'::pg_catalog.regclass, p.partrelid, p.partrelid from pg_catalog.pg_partitioned_table p
   where p.partexprs is not null
), planned (oid) as (
  select e.relation from expressions e join pg_catalog.pg_depend d on d.classid = e.classid and d.objid = e.objid
    left join pg_catalog.pg_operator o on d.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass and o.oid = d.refobjid
   where d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.refobjid in (select c.oid from called c)
      or o.oprcode::pg_catalog.oid in (select c.oid from called c)
  union
  select i.inhparent from planned p join pg_catalog.pg_inherits i on i.inhrelid = p.oid
)
select distinct n.nspname, c.relname
  from planned p join pg_catalog.pg_class c on c.oid = p.oid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 order by 1, 2
