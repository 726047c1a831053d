-- A migration asks this too, and lists what it finds. The number of the transaction that wrote a row tells what was changed
-- later: members of an extension come in one transaction, or in that of its update, and the system's own rows before plpgsql.
with initial as (
  select d.xmin::text::bigint as xid
    from pg_catalog.pg_depend d
    join pg_catalog.pg_extension e on e.oid = d.refobjid and e.extname = 'plpgsql'
   where d.deptype = 'e' and d.objid < 16384
   limit 1
),
members as (
  select d.classid, d.objid, d.refobjid as extension, d.xmin::text::bigint as xid, e.extname, e.xmin::text::bigint as updated_by
    from pg_catalog.pg_depend d
    join pg_catalog.pg_extension e on e.oid = d.refobjid
   where d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass and d.deptype = 'e'
),
-- After pg_upgrade each member has a transaction of its own, which tells nothing.
creations as (
  select c.extension, pg_catalog.min(c.xid) as xid
    from (select m.extension, m.xid, pg_catalog.count(*) as members,
                 pg_catalog.sum(pg_catalog.count(*)) over (partition by m.extension) as of_all
            from members m group by 1, 2) as c
   where c.members * 2 >= c.of_all
   group by 1
),
datable as (
  select m.classid, m.objid, m.xid, m.extname, m.updated_by, c.xid as created_by
    from members m
    join creations c on c.extension = m.extension
),
written as (
  select 'pg_catalog.pg_proc'::pg_catalog.regclass as classid, p.oid as objid, p.xmin::text::bigint as xid, p.proacl is not null as granted from pg_catalog.pg_proc p
  union all
  select 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, t.xmin::text::bigint, t.typacl is not null from pg_catalog.pg_type t
  union all
  select 'pg_catalog.pg_operator'::pg_catalog.regclass, o.oid, o.xmin::text::bigint, false from pg_catalog.pg_operator o
  union all
  select 'pg_catalog.pg_opfamily'::pg_catalog.regclass, o.oid, o.xmin::text::bigint, false from pg_catalog.pg_opfamily o
  union all
  select 'pg_catalog.pg_ts_dict'::pg_catalog.regclass, d.oid, d.xmin::text::bigint, false from pg_catalog.pg_ts_dict d
  union all
  select 'pg_catalog.pg_ts_config'::pg_catalog.regclass, m.mapcfg, pg_catalog.max(m.xmin::text::bigint), false from pg_catalog.pg_ts_config_map m group by m.mapcfg
),
found as (
  select d.classid, d.objid, 'was added to extension ' || pg_catalog.quote_ident(d.extname) || ' by hand, and is in no dump, nor are its rows' as detail, true as lost
    from datable d
   where d.xid <> d.created_by and d.xid <> d.updated_by
     -- The types of a table are members too, since 16.
     and not (d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass and exists (
              select from pg_catalog.pg_type t where t.oid = d.objid and (t.typrelid <> 0 or t.typcategory = 'A')))
     and 3 >= (select pg_catalog.count(*) from members m where m.xid = d.xid)
  union all
  select w.classid, w.objid, 'belongs to extension ' || pg_catalog.quote_ident(d.extname) || ', and what was changed in it is in no dump', false
    from datable d
    join written w on w.classid = d.classid and w.objid = d.objid and w.xid > d.xid and w.xid <> d.updated_by and not w.granted
  union all
  select w.classid, w.objid, 'belongs to the system, and what was changed in it is in no dump', false
    from initial i
    join written w on w.objid < 16384 and w.xid > i.xid and not w.granted
   where not exists (select from members m where m.classid = w.classid and m.objid = w.objid)
  union all
  select 'pg_catalog.pg_opfamily'::pg_catalog.regclass, a.amopfamily, 'belongs to the system, and the operators added to it are in no dump', false
    from pg_catalog.pg_amop a
   where a.oid >= 16384 and a.amopfamily < 16384
     and not exists (select from members m where m.classid = 'pg_catalog.pg_operator'::pg_catalog.regclass and m.objid = a.amopopr)
  union all
  select o.classoid, o.objoid, 'belongs to the system, and its comment is in no dump', false
    from initial i
    join pg_catalog.pg_description o on o.xmin::text::bigint > i.xid and o.objoid < 16384
     and o.classoid <> 'pg_catalog.pg_extension'::pg_catalog.regclass
     and not (o.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass and o.objoid = 2200)
   where not exists (select from members m where m.classid = o.classoid and m.objid = o.objoid)
  union all
  select o.classoid, o.objoid, 'belongs to extension ' || pg_catalog.quote_ident(d.extname) || ', and its comment is in no dump', false
    from datable d
    join pg_catalog.pg_description o on o.classoid = d.classid and o.objoid = d.objid and o.xmin::text::bigint > d.xid and o.xmin::text::bigint <> d.updated_by
  union all
  select 'pg_catalog.pg_operator'::pg_catalog.regclass, o.oid, 'has no function yet (a shell), and is in no dump', false
    from pg_catalog.pg_operator o
   where o.oid >= 16384 and o.oprcode = 0
  union all
  select s.classid, s.objid, 'lies in a schema of the system, and is in no dump', true
    from (select 'pg_catalog.pg_class'::pg_catalog.regclass as classid, c.oid as objid, c.relnamespace as namespace
            from pg_catalog.pg_class c where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
          union all
          select 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, p.pronamespace from pg_catalog.pg_proc p) as s
   where s.objid >= 16384 and s.namespace in ('pg_catalog'::pg_catalog.regnamespace, 'information_schema'::pg_catalog.regnamespace)
     and not exists (select from members m where m.classid = s.classid and m.objid = s.objid)
)
select pg_catalog.pg_describe_object(f.classid, f.objid, 0) as "name", f.detail as "detail",
       pg_catalog.bool_or(f.lost and exists (
         select from pg_catalog.pg_depend x
          where x.refclassid = f.classid and x.refobjid = f.objid and x.deptype = 'n'
            and not exists (select from members m where m.classid = x.classid and m.objid = x.objid))) as "needed"
  from found f
 group by 1, 2
 order by 1, 2
