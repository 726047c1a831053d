select n.nspname::text as "schema", r.relname::text as "name",
       pg_catalog.format('table %s.%s', n.nspname, r.relname) as "reads",
       pg_catalog.pg_table_size(r.oid) as "bytes",
       -- A value becomes text to be counted: so it is read in full, and its type has to understand it.
       pg_catalog.format('select null::text as "error" from (select %s as n from only %I.%I) as counted where n < 0',
         coalesce((select pg_catalog.string_agg(pg_catalog.format('pg_catalog.count(pg_catalog.format(''%%s'', %I))', a.attname), ' + ' order by a.attnum)
                     from pg_catalog.pg_attribute a
                    where a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
                      and coalesce(pg_catalog.to_jsonb(a) ->> 'attgenerated', '') <> 'v'), 'pg_catalog.count(*)'),
         n.nspname, r.relname) as "statement"
  from pg_catalog.pg_class r
  join pg_catalog.pg_namespace n on n.oid = r.relnamespace
 where r.relkind = 'r' and r.relpersistence <> 't'
   and not (r.relpersistence = 'u' and pg_catalog.pg_is_in_recovery())
   and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
 order by 1, 2
