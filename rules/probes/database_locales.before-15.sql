select d.datname::text as "name", 'libc'::text as "provider",
       d.datcollate::text as "locale", pg_catalog.lower(pg_catalog.replace(pg_catalog.replace(d.datcollate::text, '-', ''), '.', '')) as "locale_key", pg_catalog.pg_encoding_to_char(d.encoding)::text as "encoding"
  from pg_catalog.pg_database d where d.datname <> 'template0' order by 1
