select coalesce(d.datname::text, 'shared objects') as "database", d.checksum_failures as "failures"
  from pg_catalog.pg_stat_database d where d.checksum_failures > 0 order by 1
