-- Objects whose creation or loading could see that other data is not there yet, for PostgreSQL 12 and later. A table named
-- a… is loaded before `zlookup` by whoever goes by names.
create table zlookup (id int primary key, v text);
insert into zlookup select n, 'v' || n from generate_series(1, 60) n;
create function look(int) returns text language sql immutable as 'select v from public.zlookup where id = $1';
create function look_late(int) returns text language plpgsql immutable as
  'begin return (select v from public.zlookup where id = $1); end';
create function known(int) returns boolean language plpgsql immutable as
  'begin if exists (select from public.zlookup where id = $1) then return true; end if; raise ''% is not known'', $1; end';
create function same_look(int, text) returns boolean language sql immutable as 'select public.look($1) = $2';
create operator =?= (leftarg = int, rightarg = text, procedure = same_look);
create function look_order(int, int) returns int language sql immutable as
  'select pg_catalog.bttextcmp(coalesce(public.look($1), ''''), coalesce(public.look($2), ''''))';
create table expressions (k int);
insert into expressions select generate_series(1, 60);
create index on expressions (look(k));
create index on expressions (k) where look(k) = 'v7';
create index on expressions ((k =?= 'v7'));
create table excluded (k int, exclude using btree (look(k) with =));
insert into excluded select generate_series(1, 60);
create table a_checked (k int check (known(k)));
insert into a_checked select generate_series(1, 60);
create domain known_number as int check (public.known(value));
create table a_domain (d known_number);
create table a_arrays (d known_number[]);
create type pair as (a int, b known_number);
create table a_composites (c pair, cs pair[]);
insert into a_domain values (1), (2);
insert into a_arrays values ('{3,4}');
insert into a_composites values (row(1, 5), array[row(1, 6)::pair]);
create table a_generated (k int, v text generated always as (look_late(k)) stored);
insert into a_generated select generate_series(1, 60);
create table a_partitioned (k int) partition by list (look_late(k));
create table a_partition partition of a_partitioned for values in ('v1', 'v2');
insert into a_partitioned values (1), (2);
create materialized view looked as select k, look(k) from expressions;
-- Old rows that a constraint does not allow.
create domain positive as int;
create table b_positive (p positive);
create table b_positives (ps positive[], big text);
insert into b_positive values (-1);
insert into b_positives select '{-1,2}', repeat('x', 2000) from generate_series(1, 2000);
alter domain positive add constraint above_zero check (value > 0) not valid;
create table b_parent (a int);
create table b_child (big text) inherits (b_parent);
insert into b_child select -1, repeat('x', 2000) from generate_series(1, 2000);
alter table b_parent add constraint above_zero check (a > 0) not valid;
-- Hashes that depend on the numbers of objects.
create type mood as enum ('sad', 'ok', 'happy', 'tired', 'awake', 'hungry', 'loud', 'quiet');
create domain mood_domain as mood;
create table c_enum (m mood, n int) partition by hash (m);
create table c_enum_0 partition of c_enum for values with (modulus 4, remainder 0) partition by list (n);
create table c_enum_00 partition of c_enum_0 default;
create table c_enum_1 partition of c_enum for values with (modulus 4, remainder 1);
create table c_enum_2 partition of c_enum for values with (modulus 4, remainder 2);
create table c_enum_3 partition of c_enum for values with (modulus 4, remainder 3);
create index on c_enum (n);
insert into c_enum select m, n from unnest(enum_range(null::mood)) m, generate_series(1, 50) n;
create table c_array (m mood[], unique (m)) partition by hash (m);
create table c_array_0 partition of c_array for values with (modulus 2, remainder 0);
create table c_array_1 partition of c_array for values with (modulus 2, remainder 1);
insert into c_array select array[m, n]::mood[] from unnest(enum_range(null::mood)) m, unnest(enum_range(null::mood)) n;
create table c_domain (m mood_domain) partition by hash (m);
create table c_domain_0 partition of c_domain for values with (modulus 2, remainder 0);
create table c_domain_1 partition of c_domain for values with (modulus 2, remainder 1);
insert into c_domain select unnest(enum_range(null::mood));
-- What an old server calls a text is a name, and shorter, on a new one.
create table d_catalog (c information_schema.sql_identifier);
insert into d_catalog values ('t');
