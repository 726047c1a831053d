select p.oid::pg_catalog.regprocedure::text as "function", p.probin::text as "file",
       case when p.probin::text ~ '^(\$libdir/)?(plugins/)?[^/]+$'
            then pg_catalog.regexp_replace(pg_catalog.regexp_replace(p.probin::text, '^\$libdir/', ''), '\.(so|dylib|dll)$', '') end as "library"
  from pg_catalog.pg_proc p
  join pg_catalog.pg_language l on l.oid = p.prolang and l.lanname = 'c'
 where p.oid >= 16384 and p.probin is not null
   and not exists (select from pg_catalog.pg_depend x
                    where x.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and x.objid = p.oid and x.deptype = 'e')
 order by 1
