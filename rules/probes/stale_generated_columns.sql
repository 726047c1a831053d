select n.nspname::text as "schema", r.relname::text as "name", a.attname::text as "column",
       pg_catalog.pg_get_expr(e.adbin, e.adrelid) as "expression",
       pg_catalog.format('generated column %s of %s.%s', a.attname, n.nspname, r.relname) as "reads",
       pg_catalog.pg_table_size(r.oid) as "bytes", c.changed as "suspect",
       pg_catalog.format('select pg_catalog.format(''%%s of its rows would change, one of them at ctid %%s'', pg_catalog.count(*), (pg_catalog.array_agg(ctid))[1]) as "problem" from only %I.%I where (%I)::pg_catalog.text is distinct from (%s)::%s::pg_catalog.text having pg_catalog.count(*) > 0',
                         n.nspname, r.relname, a.attname, pg_catalog.pg_get_expr(e.adbin, e.adrelid), pg_catalog.format_type(a.atttypid, a.atttypmod)) as "statement"
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_attrdef e on e.adrelid = a.attrelid and e.adnum = a.attnum
  join pg_catalog.pg_class r on r.oid = a.attrelid
  join pg_catalog.pg_namespace n on n.oid = r.relnamespace
 -- A function that was changed has a younger row than the expression that calls it.
 cross join lateral (
       select pg_catalog.bool_or(pg_catalog.age(p.xmin) < pg_catalog.age(e.xmin))
         from pg_catalog.regexp_matches(e.adbin::text, ':(?:funcid|opfuncid) (\d+)', 'g') as called (words)
         join pg_catalog.pg_proc p on p.oid = called.words[1]::pg_catalog.oid
        where p.oid >= 16384) as c (changed)
 where a.attgenerated = 's' and r.relkind = 'r' and r.relpersistence <> 't' and not a.attisdropped
   and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and c.changed is not null
 order by 1, 2, 3
