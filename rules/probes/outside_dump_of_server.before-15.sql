-- A migration asks this too, and lists what it finds.
select 'setting ' || pg_catalog.split_part(u.setting, '=', 1) || ' of all roles' as "name",
       'was set with ALTER ROLE ALL, which is not migrated' as "detail"
  from pg_catalog.pg_db_role_setting s
 cross join lateral pg_catalog.unnest(s.setconfig) as u (setting)
 where s.setdatabase = 0 and s.setrole = 0
 order by 1
