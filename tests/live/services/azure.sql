-- Source: the documentation of Azure Database for PostgreSQL flexible server on its administrator, and \du there.
create role azure_pg_admin;
create role replication replication;
create role dbadmin login createrole createdb replication bypassrls;
grant azure_pg_admin to dbadmin with admin option;
grant pg_monitor, pg_read_all_settings, pg_read_all_stats, pg_read_all_data, pg_signal_backend, pg_stat_scan_tables
  to azure_pg_admin with admin option;
do $$
begin
  if current_setting('server_version_num')::int >= 160000 then
    grant pg_checkpoint, pg_create_subscription, pg_use_reserved_connections to azure_pg_admin with admin option;
  end if;
end $$;
