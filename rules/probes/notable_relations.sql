select n.nspname::text as "schema", c.relname::text as "name", t.trait as "trait", pg_catalog.pg_relation_size(c.oid) as "bytes"
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  cross join lateral (
       select 'unlogged' as trait where c.relpersistence = 'u' and c.relkind = 'r'
       union all
       select 'unlogged partitioned' where c.relpersistence = 'u' and c.relkind = 'p'
       union all
       -- A key identifies rows: unique, not partial, not on expressions, and without NULL.
       select 'no key' where c.relkind in ('r', 'p') and not exists (
              select from pg_catalog.pg_index i
               where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null
                 and (i.indisprimary or not exists (
                      select from pg_catalog.pg_attribute a
                       where a.attrelid = c.oid and a.attnum = any (i.indkey) and not a.attnotnull)))
       union all
       select 'foreign' where c.relkind = 'f') as t
 where c.oid >= 16384 and c.relkind in ('r', 'p', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
   and not exists (select from pg_catalog.pg_depend x
                    where x.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and x.objid = c.oid and x.deptype = 'e')
 order by 1, 2, 3
