select n.nspname::text as "schema",
       pg_catalog.lower(c.relname) as "folded",
       pg_catalog.to_json(pg_catalog.array_agg(c.relname::text order by c.relname)) as "names"
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where c.oid >= 16384 and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
   and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
 group by 1, 2
having pg_catalog.count(*) > 1
 order by 1, 2
