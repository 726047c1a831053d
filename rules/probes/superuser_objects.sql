-- Objects of users have numbers from 16384 on (FirstNormalObjectId); that spares reading the system's own.
with found as (
  select 'event trigger' as kind, e.evtname::text as name, e.evtowner as owner,
         ('pg_event_trigger'::pg_catalog.regclass)::oid as classid, e.oid as objid
    from pg_catalog.pg_event_trigger e
  union all
  select 'publication for all tables', p.pubname::text, p.pubowner, ('pg_publication'::pg_catalog.regclass)::oid, p.oid
    from pg_catalog.pg_publication p where p.puballtables
  union all
  select 'function in ' || l.lanname, p.oid::pg_catalog.regprocedure::text, p.proowner,
         ('pg_proc'::pg_catalog.regclass)::oid, p.oid
    from pg_catalog.pg_proc p
    join pg_catalog.pg_language l on l.oid = p.prolang
   where p.oid >= 16384 and not l.lanpltrusted
     -- Aggregates count as written in the language internal, but anybody may make one.
     and not exists (select from pg_catalog.pg_aggregate a where a.aggfnoid = p.oid)
     -- The same goes for the constructors of range types, which come with the type.
     and not exists (select from pg_catalog.pg_depend i
                      where i.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and i.objid = p.oid and i.deptype = 'i')
  union all
  select 'leakproof function', p.oid::pg_catalog.regprocedure::text, p.proowner,
         ('pg_proc'::pg_catalog.regclass)::oid, p.oid
    from pg_catalog.pg_proc p
    join pg_catalog.pg_language l on l.oid = p.prolang
   where p.oid >= 16384 and p.proleakproof and l.lanpltrusted
  union all
  select 'base type', t.oid::pg_catalog.regtype::text, t.typowner, ('pg_type'::pg_catalog.regclass)::oid, t.oid
    from pg_catalog.pg_type t
   where t.oid >= 16384 and t.typtype = 'b' and t.typisdefined
     and not exists (select from pg_catalog.pg_type e where e.typarray = t.oid)
  union all
  select 'operator class', pg_catalog.format('%I.%I', n.nspname, o.opcname), o.opcowner,
         ('pg_opclass'::pg_catalog.regclass)::oid, o.oid
    from pg_catalog.pg_opclass o
    join pg_catalog.pg_namespace n on n.oid = o.opcnamespace
   where o.oid >= 16384
  union all
  select 'text search parser', pg_catalog.format('%I.%I', n.nspname, s.prsname), 10::oid,
         ('pg_ts_parser'::pg_catalog.regclass)::oid, s.oid
    from pg_catalog.pg_ts_parser s
    join pg_catalog.pg_namespace n on n.oid = s.prsnamespace
   where s.oid >= 16384
  union all
  select 'text search template', pg_catalog.format('%I.%I', n.nspname, s.tmplname), 10::oid,
         ('pg_ts_template'::pg_catalog.regclass)::oid, s.oid
    from pg_catalog.pg_ts_template s
    join pg_catalog.pg_namespace n on n.oid = s.tmplnamespace
   where s.oid >= 16384
  union all
  select 'cast without function',
         pg_catalog.format_type(c.castsource, null) || ' as ' || pg_catalog.format_type(c.casttarget, null), 10::oid,
         ('pg_cast'::pg_catalog.regclass)::oid, c.oid
    from pg_catalog.pg_cast c
   where c.castmethod = 'b' and c.oid >= 16384
  union all
  select 'language', l.lanname::text, l.lanowner, ('pg_language'::pg_catalog.regclass)::oid, l.oid
    from pg_catalog.pg_language l
   where l.oid >= 16384 and l.lanname <> 'plpgsql'
  union all
  select 'foreign-data wrapper', w.fdwname::text, w.fdwowner, ('pg_foreign_data_wrapper'::pg_catalog.regclass)::oid, w.oid
    from pg_catalog.pg_foreign_data_wrapper w
)
select f.kind as "kind", f.name as "name", pg_catalog.pg_get_userbyid(f.owner)::text as "owner"
  from found f
 where not exists (
       select from pg_catalog.pg_depend x where x.classid = f.classid and x.objid = f.objid and x.deptype = 'e')
 order by 1, 2
