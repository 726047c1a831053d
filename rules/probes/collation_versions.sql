select case c.collprovider when 'i' then 'icu' else 'libc' end as "provider", pg_catalog.min(pg_catalog.pg_collation_actual_version(c.oid)) as "version"
  from pg_catalog.pg_collation c
 where c.collname in ('en-US-x-icu', 'en_US.utf8', 'en_US', 'und-x-icu', 'de_DE.utf8', 'fr_FR.utf8') and c.collnamespace = 'pg_catalog'::pg_catalog.regnamespace
   and pg_catalog.pg_collation_actual_version(c.oid) is not null
 group by 1 order by 1
