-- Source: the documentation of Cloud SQL for PostgreSQL on cloudsqlsuperuser, and \du there.
create role cloudsqlsuperuser createrole createdb;
create role cloudsqlagent login;
create role cloudsqliamuser;
create role cloudsqlimportexport;
create role cloudsqlreplica login replication;
create role postgres login createrole createdb;
grant cloudsqlsuperuser to postgres;
grant pg_monitor, pg_signal_backend to cloudsqlsuperuser;
grant pg_monitor to postgres;
alter database postgres owner to cloudsqlsuperuser;
