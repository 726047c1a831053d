-- Relations and constraints whose loading or creation runs a function that may read tables. A function is proven not to
-- when it belongs to PostgreSQL and is not volatile, or is a C function of an extension without tables of its own. All
-- others are followed backwards through operators, operator classes, types, domains, constraints, columns and partitions.
with recursive
unproven as (
  -- Functions that users wrote, and those of extensions in languages that can run queries by themselves.
  select p.oid
    from pg_catalog.pg_proc p
    join pg_catalog.pg_language l on l.oid = p.prolang
   where p.oid >= 16384
     and not (l.lanname in ('c', 'internal')
              and exists (select from pg_catalog.pg_depend d
                           where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid
                             and d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass and d.deptype = 'e'))
),
called as (
  -- Functions that count only where an expression calls them: those that say of themselves that they read, and C functions
  -- of extensions that have tables. Their types and operator classes work without those tables.
  select p.oid
    from pg_catalog.pg_proc p
   where p.provolatile = 'v'
      or (p.oid < 16384 and p.proname operator(pg_catalog.~) '_to_xml')
      or exists (select from pg_catalog.pg_depend d
                   join pg_catalog.pg_extension e on e.oid = d.refobjid
                  where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid
                    and d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass and d.deptype = 'e'
                    and e.extconfig is not null)
),
expressions as (
  select 'pg_catalog.pg_class'::pg_catalog.regclass as classid, i.indexrelid as objid,
         coalesce(i.indexprs::text, '') || coalesce(i.indpred::text, '') as tree
    from pg_catalog.pg_index i
   where i.indexrelid >= 16384 and (i.indexprs is not null or i.indpred is not null)
  union all
  select 'pg_catalog.pg_class'::pg_catalog.regclass, t.partrelid, t.partexprs::text
    from pg_catalog.pg_partitioned_table t
   where t.partexprs is not null
  union all
  select 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid, k.conbin::text
    from pg_catalog.pg_constraint k
   where k.oid >= 16384 and k.conbin is not null
  union all
  select 'pg_catalog.pg_attrdef'::pg_catalog.regclass, f.oid, f.adbin::text
    from pg_catalog.pg_attrdef f
   where f.oid >= 16384
),
calls as (
  select distinct e.classid, e.objid, m.found[1] as word, m.found[2]::pg_catalog.oid as number
    from expressions e,
         pg_catalog.regexp_matches(e.tree, ':(funcid|opfuncid|opno) ([0-9]+)', 'g') as m (found)
),
edges as (
  select d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid, d.refobjsubid
    from pg_catalog.pg_depend d
   where d.classid in ('pg_catalog.pg_operator'::pg_catalog.regclass, 'pg_catalog.pg_type'::pg_catalog.regclass,
                       'pg_catalog.pg_constraint'::pg_catalog.regclass, 'pg_catalog.pg_class'::pg_catalog.regclass,
                       'pg_catalog.pg_attrdef'::pg_catalog.regclass)
     and d.refclassid in ('pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass,
                          'pg_catalog.pg_type'::pg_catalog.regclass, 'pg_catalog.pg_opclass'::pg_catalog.regclass,
                          'pg_catalog.pg_constraint'::pg_catalog.regclass, 'pg_catalog.pg_class'::pg_catalog.regclass)
  union all
  -- An operator class runs the functions and operators of its family for its type.
  select 'pg_catalog.pg_opclass'::pg_catalog.regclass, c.oid, 0, 'pg_catalog.pg_proc'::pg_catalog.regclass, a.amproc::pg_catalog.oid, 0
    from pg_catalog.pg_opclass c
    join pg_catalog.pg_amproc a on a.amprocfamily = c.opcfamily and a.amproclefttype = c.opcintype
   where a.amproc::pg_catalog.oid >= 16384
  union all
  select 'pg_catalog.pg_opclass'::pg_catalog.regclass, c.oid, 0, 'pg_catalog.pg_operator'::pg_catalog.regclass, a.amopopr, 0
    from pg_catalog.pg_opclass c
    join pg_catalog.pg_amop a on a.amopfamily = c.opcfamily and a.amoplefttype = c.opcintype
   where a.amopopr >= 16384
  union all
  -- Values of a type are compared by its own operator classes, wherever they stand.
  select 'pg_catalog.pg_type'::pg_catalog.regclass, c.opcintype, 0, 'pg_catalog.pg_opclass'::pg_catalog.regclass, c.oid, 0
    from pg_catalog.pg_opclass c
   where c.oid >= 16384 and c.opcdefault
  union all
  select 'pg_catalog.pg_type'::pg_catalog.regclass, k.contypid, 0, 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid, 0
    from pg_catalog.pg_constraint k
   where k.contypid <> 0
  union all
  -- A composite type holds values of the types of its columns.
  select 'pg_catalog.pg_type'::pg_catalog.regclass, c.reltype, 0, d.classid, d.objid, d.objsubid
    from pg_catalog.pg_class c
    join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.objsubid > 0
   where c.reltype <> 0
  union all
  select 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid, 0, 'pg_catalog.pg_class'::pg_catalog.regclass, k.conindid, 0
    from pg_catalog.pg_constraint k
   where k.conindid <> 0
),
found (classid, objid, objsubid) as (
  select 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid, u.oid, 0 from unproven u
  union
  select c.classid::pg_catalog.oid, c.objid, 0
    from calls c
    left join pg_catalog.pg_operator o on c.word = 'opno' and o.oid = c.number
   where (case when c.word = 'opno' then o.oprcode::pg_catalog.oid else c.number end) in (select oid from called)
  union
  select e.classid, e.objid, e.objsubid
    from found f
    join edges e on e.refclassid = f.classid and e.refobjid = f.objid and e.refobjsubid = f.objsubid
)
-- A relation is found by what it is itself, by its columns, its checks, and what it computes when a row is loaded.
select distinct 'relation' as kind, f.objid as oid
  from found f
 where f.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
union
select 'constraint', f.objid
  from found f
 where f.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass
union
select 'relation', k.conrelid
  from found f
  join pg_catalog.pg_constraint k on f.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass and k.oid = f.objid
 where k.contype = 'c' and k.conrelid <> 0
union
select 'relation', a.attrelid
  from found f
  join pg_catalog.pg_attrdef d on f.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass and d.oid = f.objid
  join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
   -- There are no generated columns before 12.
 where pg_catalog.to_jsonb(a) ->> 'attgenerated' <> ''
 order by 1, 2
