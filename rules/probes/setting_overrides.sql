select d.datname::text as "database", r.rolname::text as "role", v.name as "name", v.value as "value",
       case when r.rolname is null then 'database ' || d.datname when d.datname is null then 'role ' || r.rolname
            else 'role ' || r.rolname || ' in database ' || d.datname end as "subject",
       v.name ~ '^[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*([.][A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*)*$' as "well_formed",
       case when pg_catalog.lower(v.name) in ('lc_messages', 'lc_monetary', 'lc_numeric', 'lc_time')
            then pg_catalog.lower(pg_catalog.replace(pg_catalog.replace(v.value, '-', ''), '.', '')) else '' end as "locale_key",
       -- As in the probe libraries.
       pg_catalog.to_json(array(
         select case when v.name = 'local_preload_libraries' and l.file !~ '/' then 'plugins/' else '' end || l.file
           from (select pg_catalog.regexp_replace(pg_catalog.btrim(entry, ' "'), '^\$libdir/|\.(so|dylib|dll)$', '', 'g')
                   from pg_catalog.regexp_split_to_table(case when v.name in ('session_preload_libraries', 'local_preload_libraries') then v.value else '' end, ',') as entry
                  where pg_catalog.btrim(entry, ' "') <> '') as l (file))) as "libraries"
  from pg_catalog.pg_db_role_setting s
  cross join lateral pg_catalog.unnest(s.setconfig) as u (setting)
  cross join lateral (select pg_catalog.split_part(u.setting, '=', 1), pg_catalog.substr(u.setting, pg_catalog.strpos(u.setting, '=') + 1)) as v (name, value)
  left join pg_catalog.pg_database d on d.oid = s.setdatabase
  left join pg_catalog.pg_roles r on r.oid = s.setrole
 where (s.setdatabase = 0 or d.datname is not null) and (s.setrole = 0 or r.rolname !~ '^pg_') and (d.datname is not null or r.rolname is not null)
 order by 5, 3
