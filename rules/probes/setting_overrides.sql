select d.datname::text as "database", r.rolname::text as "role",
       pg_catalog.split_part(u.setting, '=', 1) as "name",
       case when r.rolname is null then 'database ' || d.datname when d.datname is null then 'role ' || r.rolname
            else 'role ' || r.rolname || ' in database ' || d.datname end as "subject",
       pg_catalog.split_part(u.setting, '=', 1) ~ '^[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*([.][A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*)*$' as "well_formed"
  from pg_catalog.pg_db_role_setting s
  cross join lateral pg_catalog.unnest(s.setconfig) as u (setting)
  left join pg_catalog.pg_database d on d.oid = s.setdatabase
  left join pg_catalog.pg_roles r on r.oid = s.setrole
 where (s.setdatabase = 0 or d.datname is not null) and (s.setrole = 0 or r.rolname !~ '^pg_') and (d.datname is not null or r.rolname is not null)
 order by 4, 3
