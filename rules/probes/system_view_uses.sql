select distinct n.nspname::text as "schema", v.relname::text as "name", s.relname::text as "relation", a.attname::text as "column"
  from pg_catalog.pg_class v
  join pg_catalog.pg_rewrite r on r.ev_class = v.oid
  join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = r.oid
   and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjsubid > 0 and d.refobjid < 16384
  join pg_catalog.pg_class s on s.oid = d.refobjid and s.relkind = 'v'
  join pg_catalog.pg_attribute a on a.attrelid = s.oid and a.attnum = d.refobjsubid
  join pg_catalog.pg_namespace n on n.oid = v.relnamespace
 where v.oid >= 16384 and v.relkind in ('v', 'm')
   and not exists (select from pg_catalog.pg_depend x
                    where x.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and x.objid = v.oid and x.deptype = 'e')
 order by 1, 2, 3, 4
