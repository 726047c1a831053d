select d.datname::text                                    as "name",
       pg_catalog.pg_get_userbyid(d.datdba)::text         as "owner",
       pg_catalog.pg_encoding_to_char(d.encoding)::text   as "encoding",
       coalesce(d.datcollate::text, '')                   as "collate",
       coalesce(d.datctype::text, '')                     as "ctype",
       d.datconnlimit                                     as "connections_max",
       d.datallowconn                                     as "allows_connections",
       d.datistemplate                                    as "is_template",
       case when pg_catalog.has_database_privilege(d.oid, 'CONNECT')
            then pg_catalog.pg_database_size(d.oid) end   as "bytes",
       (select pg_catalog.count(*) from pg_catalog.pg_stat_activity a
         where a.datid = d.oid and a.pid <> pg_catalog.pg_backend_pid()
           and a.application_name <> 'pgpassage')         as "sessions",
       pg_catalog.pg_has_role(d.datdba, 'USAGE')
       or pg_catalog.pg_has_role(d.datdba, 'MEMBER WITH ADMIN OPTION')
       or exists (select from pg_catalog.pg_roles u, pg_catalog.pg_roles o
                   where u.rolname = current_user and u.rolcreaterole and o.oid = d.datdba and not o.rolsuper
                     and pg_catalog.current_setting('server_version_num')::integer < 160000) as "may_drop"
  from pg_catalog.pg_database d
 order by 1
