-- A column that a table inherits is dropped where it comes from: at the topmost ancestor that has it.
with recursive found (oid, top) as (
  select c.oid, c.oid from pg_catalog.pg_class c where c.oid >= 16384 and c.relhasoids and c.relkind in ('r', 'p')
  union
  select f.oid, i.inhparent
    from found f
    join pg_catalog.pg_inherits i on i.inhrelid = f.top
    join pg_catalog.pg_class p on p.oid = i.inhparent and p.relhasoids
)
select n.nspname::text as "schema", c.relname::text as "name", pg_catalog.min(f.top::pg_catalog.regclass::text) as "top"
  from found f
  join pg_catalog.pg_class c on c.oid = f.oid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
   and not exists (select from pg_catalog.pg_inherits i
                     join pg_catalog.pg_class p on p.oid = i.inhparent and p.relhasoids
                    where i.inhrelid = f.top)
 group by 1, 2
 order by 1, 2
