select c.oid::pg_catalog.regclass::text as "table", a.attname::text as "column", p.oid::pg_catalog.regclass::text as "parent"
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_class c on c.oid = a.attrelid
  join pg_catalog.pg_inherits i on i.inhrelid = c.oid
  join pg_catalog.pg_class p on p.oid = i.inhparent
  join pg_catalog.pg_attribute b on b.attrelid = p.oid and b.attname = a.attname and not b.attisdropped
 where a.attrelid >= 16384 and a.attnum > 0 and not a.attisdropped and a.attgenerated <> '' and b.attgenerated = ''
 order by 1, 2, 3
