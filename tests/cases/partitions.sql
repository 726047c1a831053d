-- Partitions, inheritance and typed tables.

-- case: partitions-of-every-kind
-- pairs: 13:18 18:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create table events (id bigint, at timestamptz not null, kind text default 'a', primary key (id, at)) partition by range (at);
create table events_old partition of events for values from (minvalue) to ('2020-01-01 00:00+00');
create table events_new (kind text default 'other', at timestamptz not null, id bigint not null);
alter table events attach partition events_new for values from ('2020-01-01 00:00+00') to (maxvalue);
create table events_rest partition of events default;
create index on events (kind);
insert into events values (1, '2019-01-01'), (2, '2021-01-01');
create table refs (id bigint, at timestamptz, foreign key (id, at) references events);
insert into refs values (1, '2019-01-01 00:00');
create function note() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger every after insert on events for each row execute function note();
alter table events_old disable trigger every;

-- case: partitions-by-hash-of-text
-- pairs: 11:18 13:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create table t (name text, n numeric) partition by hash (name, n);
create table t0 partition of t for values with (modulus 3, remainder 0);
create table t1 partition of t for values with (modulus 3, remainder 1);
create table t2 partition of t for values with (modulus 3, remainder 2);
insert into t select 'n' || i, i / 3.0 from generate_series(1, 50) i;

-- case: partitions-by-expression
-- pairs: 13:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create table u (at timestamp, name text) partition by range (lower(name), date_part('year', at));
create table u1 partition of u for values from ('a', 2000) to ('n', 2010);
create table u2 partition of u for values from ('n', minvalue) to (maxvalue, maxvalue);
insert into u values ('2005-05-05', 'B'), ('2015-05-05', 'Z');

-- case: partition-whose-detaching-was-interrupted
-- pairs: 14:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create table p (i int) partition by range (i);
create table p1 partition of p for values from (0) to (10);
create table p2 partition of p for values from (10) to (20);
insert into p values (1), (11);
alter table p detach partition p2 concurrently;

-- case: partition-in-another-schema-with-other-rights
-- pairs: 13:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create role case_owner;
create role case_reader;
create schema parts authorization case_owner;
create table p (i int, t text) partition by list (t);
create table parts.one partition of p for values in ('a', null);
alter table parts.one owner to case_owner;
grant select (i) on p to case_reader;
grant all on parts.one to case_reader with grant option;
alter table parts.one enable row level security;
create policy own on parts.one for select to case_reader using (i > 1);
insert into p values (1, 'a'), (2, null);

-- case: typed-tables-and-odd-columns
-- pairs: 10:18 13:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create type person as (name text, age int);
create table persons of person (primary key (name), age with options default 7 check (age > 0));
insert into persons values ('a', 1);
create table nothing ();
create table only_dropped (a int);
alter table only_dropped drop a;
insert into only_dropped default values;
insert into nothing default values;
insert into nothing default values;
create table dropped (a int, b text, c int default 3);
insert into dropped values (1, 'x');
alter table dropped drop b, add d int[] default '{1}';
alter type person add attribute email text cascade;
create table wide (like dropped including all);

-- case: columns-reached-twice
-- pairs: 13:18 17:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create table a (x int default 1, y int not null);
create table b (x int default 2, z int);
create table c (x int default 3, own text) inherits (a, b);
insert into c (y) values (5);
create table d () inherits (c);
alter table d alter x set default 4;
alter table d alter x drop not null;
insert into d (y) values (6);
alter table a add late int default 9;
