-- A little of everything, on servers of every version. A part is run by servers from its first version on and below its
-- second.
-- part 10
create role "Shop Owner"; create role reporting login connection limit 3; create role reader;
grant reader to reporting;
alter role reporting set work_mem = '64MB';
create schema sales authorization "Shop Owner";
create extension hstore; create extension pg_trgm; create extension "uuid-ossp";
create type sales.mood as enum ('good', 'bad');
create domain sales.positive as int check (value > 0);
create table sales.customers (id bigint generated always as identity primary key, name text not null unique, mood sales.mood, attributes hstore);
create table sales.orders (id serial primary key, customer bigint references sales.customers, amount numeric(12,2) check (amount >= 0),
                           made_by oid, checker regclass, tags text[], doc jsonb);
create index on sales.orders using gin (tags);
create table sales.notes (line text);
create table sales."Odd ""name" (id int primary key, "Column" int);
create table sales."odd ""name" (id int primary key);
create table sales.events (at date not null, what text) partition by range (at);
create table sales.events_old partition of sales.events for values from (minvalue) to ('2026-01-01');
create view sales.totals as select customer, sum(amount) from sales.orders group by 1;
create materialized view sales.best as select * from sales.totals with no data;
create unlogged table sales.cache (id int);
set search_path = sales, public;
create function sales.lookup(x int) returns bigint language sql as 'select count(*) from orders where id = x';
reset search_path;
create index on sales.orders (id) where amount > 1000;
create table sales.audited (id int primary key, o int check (sales.lookup(o) >= 0));
set search_path = sales, public; insert into sales.audited values (1, 1); reset search_path;
create trigger no_op before update on sales.orders for each row execute procedure suppress_redundant_updates_trigger();
alter table sales.customers enable row level security;
create policy own on sales.customers to reader using (name = current_user);
alter table sales.orders add constraint positive check (id > 0) not valid;
grant select on all tables in schema sales to reader;
grant select on pg_authid to reporting;
create publication everything for all tables;
create foreign data wrapper away; create server elsewhere foreign data wrapper away;
create user mapping for reporting server elsewhere options (password 'secret');
create cast (money as int) with inout;
create collation sales.old_order (provider = libc, locale = 'C');
create sequence sales.tight as smallint; select setval('sales.tight', 32000);
create function sales.noop() returns event_trigger language plpgsql as 'begin end';
create event trigger watch on ddl_command_end execute procedure sales.noop();
create text search dictionary sales.mine (template = simple, stopwords = english);
create text search dictionary sales.files (template = synonym, synonyms = synonym_sample);
alter database recorded set datestyle = 'ISO, DMY';
alter database recorded set statement_timeout = '1min';
select lo_create(4711);
insert into sales.orders (id, amount) values (7, 1), (8, 2);
alter table sales.orders owner to "Shop Owner"; alter table sales.customers owner to "Shop Owner";
-- part 10 12
create table sales.numbered (id int) with oids;
create table sales.spans (span abstime, length reltime);
create view sales.checks as select conname, consrc from pg_constraint;
-- part 10 14
create aggregate sales.together(anyelement) (sfunc = array_append, stype = anyarray, initcond = '{}');
create function sales.twice(int) returns int language sql as 'select $1 * 2';
create operator sales.!!! (leftarg = int, procedure = sales.twice);
-- part 10 15
create view sales.databases as select datname, datlastsysoid from pg_database;
create function sales.backup() returns text language sql as 'select pg_start_backup(''x'')::text';
-- part 10 17
create view sales.checkpoints as select checkpoints_timed from pg_stat_bgwriter;
-- part 10 18
create table sales.parent (id int not null, v int not null);
create table sales.child () inherits (sales.parent);
alter table sales.child alter column v drop not null;
-- part 12
create table sales.priced (net numeric, gross numeric generated always as (net * 1.2) stored);
-- part 16
create role deputy login; grant reader to deputy with admin option, inherit false;
-- part 18
create table sales.later (a int, b int generated always as (a + 1) virtual);
alter table sales.later add constraint maybe check (a > 0) not enforced;
