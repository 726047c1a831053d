-- What no dump contains, or contains otherwise.
create extension dict_int;
alter text search dictionary intdict (maxlen = 3);
create extension citext;
create table mine (id int);
alter extension citext add table mine;
create view over_mine as select * from mine;
alter text search configuration english alter mapping for hword with simple;
comment on function pg_catalog.pg_sleep(double precision) is 'x';
create function pg_catalog.my_util() returns int language sql as 'select 1';
create operator ==== (leftarg = int, rightarg = int, procedure = int4eq, commutator = =~=~=);
alter role all set work_mem = '11MB';
