select n.nspname::text as "schema", r.relname::text as "name", c.conname::text as "constraint",
       pg_catalog.pg_get_constraintdef(c.oid) as "definition",
       pg_catalog.format('check %s on %s.%s', c.conname, n.nspname, r.relname) as "reads",
       pg_catalog.pg_table_size(r.oid) as "bytes",
       pg_catalog.format('select pg_catalog.format(''%%s of its rows break it'', pg_catalog.count(*)) as "problem" from only %I.%I where not (%s) having pg_catalog.count(*) > 0',
                         n.nspname, r.relname, pg_catalog.pg_get_expr(c.conbin, c.conrelid)) as "statement"
  from pg_catalog.pg_constraint c
  join pg_catalog.pg_class r on r.oid = c.conrelid
  join pg_catalog.pg_namespace n on n.oid = r.relnamespace
 where c.contype = 'c' and c.convalidated and r.relkind = 'r' and r.relpersistence <> 't'
   and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
   -- CURRENT_DATE and its kind, and casts by way of text, are nodes of their own in the stored expression.
   and (c.conbin::text ~ 'SQLVALUEFUNCTION|COERCEVIAIO'
        or exists (select from pg_catalog.regexp_matches(c.conbin::text, ':(?:funcid|opfuncid) (\d+)', 'g') as called (words)
                     join pg_catalog.pg_proc p on p.oid = called.words[1]::pg_catalog.oid
                    where p.provolatile <> 'i' or p.oid >= 16384))
 order by 1, 2, 3
