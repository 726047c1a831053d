select l.lanname::text as "name", pg_catalog.count(*) as "functions"
  from pg_catalog.pg_proc p join pg_catalog.pg_language l on l.oid = p.prolang
 where p.oid >= 16384 and not exists (select from pg_catalog.pg_depend x
                                       where x.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and x.objid = p.oid and x.deptype = 'e')
 group by 1 order by 1
