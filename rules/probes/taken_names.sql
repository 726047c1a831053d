-- Newer versions give a name to what had none: the multirange type of a range type (14), NOT NULL of a domain (17) and of a
-- column (18). The statement that wants the same name then fails.
with made as (
  select 'range type' as kind, t.oid::pg_catalog.regtype::text as name, 140000 as made_in, t.typnamespace as namespace,
         case when t.typname like '%range%'
              then pg_catalog.overlay(t.typname::text, 'multirange', pg_catalog.strpos(t.typname::text, 'range'), 5)
              else t.typname || '_multirange' end as made, 'pg_catalog.pg_type'::pg_catalog.regclass as classid, t.oid
    from pg_catalog.pg_range r
    join pg_catalog.pg_type t on t.oid = r.rngtypid
   where t.oid >= 16384
),
found as (
  select m.kind, m.name, m.made_in, m.made, m.classid, m.oid
    from made m
    join pg_catalog.pg_type t on t.typname = m.made and t.typnamespace = m.namespace
  union all
  select 'domain', t.oid::pg_catalog.regtype::text, 170000, k.conname::text, 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid
    from pg_catalog.pg_type t
    join pg_catalog.pg_constraint k on k.contypid = t.oid and k.contype = 'c' and k.conname = t.typname || '_not_null'
   where t.oid >= 16384 and t.typnotnull
  union all
  select 'constraint', pg_catalog.quote_ident(k.conname) || ' on ' || k.conrelid::pg_catalog.regclass::text, 180000, k.conname::text,
         'pg_catalog.pg_class'::pg_catalog.regclass, k.conrelid
    from pg_catalog.pg_constraint k
    join pg_catalog.pg_class c on c.oid = k.conrelid
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and a.attnotnull and not a.attisdropped
     and k.conname = c.relname || '_' || a.attname || '_not_null'
   where k.contype in ('p', 'u', 'x', 'f') and k.conname like '%\_not\_null'
)
select f.kind as "kind", f.name as "name", f.made as "taken", f.made_in as "made_in"
  from found f
 where f.made_in > pg_catalog.current_setting('server_version_num')::integer
   and not exists (select from pg_catalog.pg_depend x where x.classid = f.classid and x.objid = f.oid and x.deptype = 'e')
 order by 1, 2, 3
