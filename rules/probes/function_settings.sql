select p.oid::pg_catalog.regprocedure::text as "function", v.name as "name", v.value as "value",
       v.name ~ '^[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*([.][A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*)*$' as "well_formed",
       case when pg_catalog.lower(v.name) in ('lc_messages', 'lc_monetary', 'lc_numeric', 'lc_time')
            then pg_catalog.lower(pg_catalog.replace(pg_catalog.replace(v.value, '-', ''), '.', '')) else '' end as "locale_key"
  from pg_catalog.pg_proc p
 cross join lateral pg_catalog.unnest(p.proconfig) as u (setting)
 cross join lateral (select pg_catalog.split_part(u.setting, '=', 1), pg_catalog.substr(u.setting, pg_catalog.strpos(u.setting, '=') + 1)) as v (name, value)
 where p.oid >= 16384 and p.proconfig is not null
   and not exists (select from pg_catalog.pg_depend x
                    where x.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and x.objid = p.oid and x.deptype = 'e')
 order by 1, 2
