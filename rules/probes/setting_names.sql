select s.name as "name", s.context as "context" from pg_catalog.pg_settings s order by 1
