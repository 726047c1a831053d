-- What the report of the demonstration advises, done by hand on the source.
drop event trigger log_ddl;
drop function public.log_ddl();
drop extension dblink;
alter role pgpassage_mover bypassrls;
grant select on all tables in schema shop to pgpassage_mover;
