select i.indexrelid::pg_catalog.regclass::text as "index", i.indrelid::pg_catalog.regclass::text as "table"
  from pg_catalog.pg_index i
  join pg_catalog.pg_class c on c.oid = i.indexrelid
 where i.indexrelid >= 16384 and not i.indisvalid and c.relkind = 'i'
 order by 1
