select (pg_catalog.quote_ident(s.schemaname) || '.' || pg_catalog.quote_ident(s.sequencename)) as "sequence", s.last_value as "last", s.max_value as "max",
       (s.last_value::numeric * 100 / s.max_value)::bigint as "percent"
  from pg_catalog.pg_sequences s
 where s.increment_by > 0 and not s.cycle and s.max_value > 0 and s.last_value::numeric > s.max_value::numeric * 0.9 and s.max_value > 1000
 order by 1
