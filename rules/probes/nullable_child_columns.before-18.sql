select n.nspname::text as "schema", c.relname::text as "name", a.attname::text as "column",
       pg_catalog.min(i.inhparent::pg_catalog.regclass::text) as "parent"
  from pg_catalog.pg_inherits i
  join pg_catalog.pg_attribute p on p.attrelid = i.inhparent and p.attnum > 0 and p.attnotnull and not p.attisdropped
  join pg_catalog.pg_attribute a on a.attrelid = i.inhrelid and a.attname = p.attname and not a.attnotnull and not a.attisdropped
  join pg_catalog.pg_class c on c.oid = i.inhrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where i.inhrelid >= 16384
 group by 1, 2, 3
 order by 1, 2, 3
