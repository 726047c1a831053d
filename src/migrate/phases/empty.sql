-- The statements that drop all objects of a database: those outside of schemas or in schemas that stay (of the system,
-- and public) one by one, other schemas with all that is in them. Members of extensions, and what exists only as a part
-- of something else, go with it.
with kept as (
  select n.oid from pg_catalog.pg_namespace n where n.oid < 16384 or n.nspname = 'public'
), found as (
  select 1 as rank, 'pg_catalog.pg_event_trigger'::pg_catalog.regclass as class, e.oid, null::pg_catalog.oid as schema from pg_catalog.pg_event_trigger e
  union all select 2, 'pg_catalog.pg_publication'::pg_catalog.regclass, p.oid, null from pg_catalog.pg_publication p
  union all select 3, 'pg_catalog.pg_namespace'::pg_catalog.regclass, n.oid, null from pg_catalog.pg_namespace n
             where n.oid not in (select k.oid from kept k) and n.nspname !~ '^pg_'
  union all select 4, 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid, c.relnamespace from pg_catalog.pg_class c
             where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
  union all select 5, 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, p.pronamespace from pg_catalog.pg_proc p
  union all select 6, 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, t.typnamespace from pg_catalog.pg_type t
  union all select 7, 'pg_catalog.pg_collation'::pg_catalog.regclass, c.oid, c.collnamespace from pg_catalog.pg_collation c
  union all select 7, 'pg_catalog.pg_conversion'::pg_catalog.regclass, c.oid, c.connamespace from pg_catalog.pg_conversion c
  union all select 7, 'pg_catalog.pg_operator'::pg_catalog.regclass, o.oid, o.oprnamespace from pg_catalog.pg_operator o
  union all select 7, 'pg_catalog.pg_opfamily'::pg_catalog.regclass, f.oid, f.opfnamespace from pg_catalog.pg_opfamily f
  union all select 7, 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, s.oid, s.stxnamespace from pg_catalog.pg_statistic_ext s
  union all select 8, 'pg_catalog.pg_ts_config'::pg_catalog.regclass, c.oid, c.cfgnamespace from pg_catalog.pg_ts_config c
  union all select 9, 'pg_catalog.pg_ts_dict'::pg_catalog.regclass, d.oid, d.dictnamespace from pg_catalog.pg_ts_dict d
  union all select 9, 'pg_catalog.pg_ts_template'::pg_catalog.regclass, t.oid, t.tmplnamespace from pg_catalog.pg_ts_template t
  union all select 9, 'pg_catalog.pg_ts_parser'::pg_catalog.regclass, p.oid, p.prsnamespace from pg_catalog.pg_ts_parser p
  union all select 9, 'pg_catalog.pg_cast'::pg_catalog.regclass, c.oid, null from pg_catalog.pg_cast c
  union all select 9, 'pg_catalog.pg_foreign_server'::pg_catalog.regclass, s.oid, null from pg_catalog.pg_foreign_server s
  union all select 9, 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass, w.oid, null from pg_catalog.pg_foreign_data_wrapper w
  union all select 9, 'pg_catalog.pg_language'::pg_catalog.regclass, l.oid, null from pg_catalog.pg_language l
)
select i.type || ' ' || i.identity,
       'drop ' || case i.type when 'statistics object' then 'statistics' when 'foreign-data wrapper' then 'foreign data wrapper' else i.type end
       || ' if exists '
       -- An aggregate without arguments.
       || case i.type when 'aggregate' then pg_catalog.regexp_replace(i.identity, '[(][)]$', '(*)') else i.identity end
       || ' cascade'
  from found f, pg_catalog.pg_identify_object(f.class, f.oid, 0) i
 where f.oid >= 16384 and (f.schema is null or f.schema in (select k.oid from kept k))
   and not exists (select from pg_catalog.pg_depend d
                    where d.classid = f.class and d.objid = f.oid and d.objsubid = 0 and d.deptype in ('e', 'i'))
 order by f.rank, i.identity
