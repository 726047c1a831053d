select a.pid as "process", coalesce(a.usename::text, '') as "role", coalesce(a.datname::text, '') as "database", coalesce(a.state, '') as "state",
       pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.xact_start)::bigint as "seconds"
  from pg_catalog.pg_stat_activity a
 where a.pid <> pg_catalog.pg_backend_pid() and a.datname is not null and a.application_name not like 'pgpassage%'
   and a.xact_start < pg_catalog.clock_timestamp() - interval '5 seconds'
 order by 1
