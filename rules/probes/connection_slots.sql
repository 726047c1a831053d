select s.max      as "max",
       s.reserved as "reserved",
       s.used     as "used",
       greatest(0, s.max - s.reserved - s.used) as "free"
  from (select pg_catalog.current_setting('max_connections')::bigint as max,
               coalesce((select pg_catalog.sum(p.setting::bigint) from pg_catalog.pg_settings p
                          where p.name in ('superuser_reserved_connections', 'reserved_connections',
                                           'rds.rds_superuser_reserved_connections')), 0)::bigint as reserved,
               (select pg_catalog.count(*) from pg_catalog.pg_stat_activity a where a.datid is not null) as used) as s
