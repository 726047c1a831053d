select n.nspname::text as "schema", c.relname::text as "name",
       pg_catalog.substring(pg_catalog.pg_get_viewdef(c.oid), '(ts_stat|query_to_xml|query_to_json|crosstab|connectby|xpath_table|dblink|cursor_to_xml)\s*\(') as "function"
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where c.oid >= 16384 and c.relkind = 'm'
   and pg_catalog.pg_get_viewdef(c.oid) ~ '\m(ts_stat|query_to_xml|query_to_json|crosstab|connectby|xpath_table|dblink|cursor_to_xml)\s*\('
 order by 1, 2
