select n.nspname::text as "schema", c.relname::text as "name", a.attname::text as "column", pg_catalog.min(i.inhparent::pg_catalog.regclass::text) as "parent",
       pg_catalog.format('column %s of %s.%s', a.attname, n.nspname, c.relname) as "reads",
       pg_catalog.pg_relation_size(c.oid) as "bytes", true as "suspect",
       pg_catalog.format('select pg_catalog.count(*) as "rows" from only %I.%I where %I is null having pg_catalog.count(*) > 0', n.nspname, c.relname, a.attname) as "statement"
  from pg_catalog.pg_inherits i
  join pg_catalog.pg_class c on c.oid = i.inhrelid and c.relkind = 'r'
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_attribute p on p.attrelid = i.inhparent and p.attnum > 0 and p.attnotnull
  join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = p.attname and not a.attnotnull and not a.attisdropped
 group by n.nspname, c.oid, c.relname, a.attname
 order by 1, 2, 3
