-- Before PostgreSQL 10 the sequence itself holds its step.
with fed as (
  select d.objid as sequence, d.refobjid as relation, d.refobjsubid as attnum
    from pg_catalog.pg_depend d
   where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
     and d.deptype in ('a', 'i') and d.refobjsubid > 0
  union
  select d.refobjid, f.adrelid, f.adnum
    from pg_catalog.pg_depend d
    join pg_catalog.pg_attrdef f on f.oid = d.objid
   where d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
)
select pg_catalog.format('%I.%I', sn.nspname, s.relname) as "sequence",
       n.nspname::text as "schema", r.relname::text as "name", a.attname::text as "column",
       pg_catalog.format('sequence %s.%s for %s.%s', sn.nspname, s.relname, n.nspname, r.relname) as "reads",
       pg_catalog.pg_relation_size(r.oid) as "bytes",
       pg_catalog.format('select "next", "furthest" from (select increment_by as step, least(last_value::numeric + case when is_called then increment_by else 0 end, 9223372036854775807) as "next", (select case when increment_by > 0 then pg_catalog.max(%I) else pg_catalog.min(%I) end from %I.%I) as "furthest" from %I.%I where not is_cycled) as compared where case when step > 0 then "furthest" >= "next" else "furthest" <= "next" end',
         a.attname, a.attname, n.nspname, r.relname, sn.nspname, s.relname) as "statement"
  from fed f
  join pg_catalog.pg_class s on s.oid = f.sequence and s.relkind = 'S'
  join pg_catalog.pg_namespace sn on sn.oid = s.relnamespace
  join pg_catalog.pg_class r on r.oid = f.relation and r.relkind in ('r', 'p') and r.relpersistence <> 't'
  join pg_catalog.pg_namespace n on n.oid = r.relnamespace
  join pg_catalog.pg_attribute a on a.attrelid = r.oid and a.attnum = f.attnum
 where a.atttypid in ('int2'::pg_catalog.regtype, 'int4'::pg_catalog.regtype, 'int8'::pg_catalog.regtype)
   and exists (select from pg_catalog.pg_index i where i.indrelid = r.oid and i.indisunique and a.attnum = any (i.indkey::int2[]))
   and not (r.relpersistence = 'u' and pg_catalog.pg_is_in_recovery())
   and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
 order by 1, 2, 3, 4
