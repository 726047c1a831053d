select n.nspname::text as "schema", r.relname::text as "name", a.attname::text as "column",
       pg_catalog.format('column %s of %s.%s', a.attname, n.nspname, r.relname) as "reads",
       pg_catalog.pg_table_size(r.oid) as "bytes",
       -- The well-formed sequences of the Unicode standard (table 3-7), over hexadecimal digits.
       pg_catalog.format('select pg_catalog.count(*) as "rows", pg_catalog.min(ctid::text) as "place" from only %I.%I where pg_catalog.encode(pg_catalog.convert_to(pg_catalog.format(''%%s'', %I), ''SQL_ASCII''), ''hex'') !~ %L having pg_catalog.count(*) > 0',
         n.nspname, r.relname, a.attname,
         '^(?:[0-7].|(?:c[2-9a-f]|d.)[89ab].|e0[ab].[89ab].|e[1-9abcef](?:[89ab].){2}|ed[89].[89ab].|f0[9ab].(?:[89ab].){2}|f[1-3](?:[89ab].){3}|f48.(?:[89ab].){2})*$') as "statement"
  from pg_catalog.pg_class r
  join pg_catalog.pg_namespace n on n.oid = r.relnamespace
  join pg_catalog.pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
  join pg_catalog.pg_type t on t.oid = a.atttypid
 where pg_catalog.getdatabaseencoding() = 'SQL_ASCII' and r.relkind = 'r' and r.relpersistence <> 't'
   and not (r.relpersistence = 'u' and pg_catalog.pg_is_in_recovery())
   -- Numbers, times, truth values, addresses, shapes, bits and ranges are written in ASCII, and so are these two.
   and t.typcategory not in ('N', 'D', 'T', 'B', 'I', 'G', 'V', 'R') and t.typname not in ('bytea', 'uuid')
   and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
 order by 1, 2, 3
