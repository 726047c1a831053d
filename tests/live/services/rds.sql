-- Source: the documentation of Amazon RDS for PostgreSQL on rds_superuser, and \du there.
create role rds_superuser;
create role rds_replication;
create role rds_password;
create role rds_iam;
create role rdstopmgr login;
create role postgres login createrole createdb;
grant rds_superuser to postgres with admin option;
grant pg_monitor, pg_signal_backend, rds_replication, rds_password to rds_superuser with admin option;
do $$
declare
  version int := current_setting('server_version_num')::int;
begin
  if version >= 140000 then
    grant pg_read_all_data, pg_write_all_data to rds_superuser with admin option;
  end if;
  if version >= 150000 then
    grant pg_checkpoint to rds_superuser with admin option;
    grant set on parameter log_min_duration_statement, log_statement, session_replication_role to rds_superuser with grant option;
  end if;
  if version >= 160000 then
    grant pg_create_subscription, pg_use_reserved_connections to rds_superuser with admin option;
  end if;
  if version >= 170000 then
    grant pg_maintain to rds_superuser with admin option;
  end if;
end $$;
alter database postgres owner to postgres;
alter database rdsadmin allow_connections false;
