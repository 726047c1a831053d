-- A view takes the type of a column from a view of the system, through a function.
create function activity() returns setof pg_catalog.pg_stat_activity language sql security definer as
  'select * from pg_catalog.pg_stat_activity';
create view seen as select datname, pid, query from activity();
-- pg_restore has no default tablespace for what has none.
create table parted (a int) partition by list (a);
create table part partition of parted for values in (1);
