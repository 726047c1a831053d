select n.nspname::text as "schema",
       c.relname::text as "name",
       case c.relkind when 'S' then 'sequence' when 'm' then 'materialized view' else 'table' end as "kind",
       pg_catalog.pg_get_userbyid(c.relowner)::text as "owner",
       case when not pg_catalog.has_schema_privilege(n.oid, 'USAGE') then 'USAGE on the schema' else 'SELECT' end as "missing"
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where c.oid >= 16384 and c.relkind in ('r', 'p', 'm', 'S')
   and c.relpersistence <> 't'
   and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
   and not (pg_catalog.has_schema_privilege(n.oid, 'USAGE')
            and case c.relkind when 'S' then pg_catalog.has_sequence_privilege(c.oid, 'SELECT')
                     else pg_catalog.has_table_privilege(c.oid, 'SELECT') end)
 order by 1, 2
