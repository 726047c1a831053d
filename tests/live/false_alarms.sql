create extension pg_stat_statements;
create schema shop; alter database alarms set search_path = shop, public;
create role becomes; create role other; grant other to becomes; alter role becomes set role = other;

-- Array functions over concrete types find themselves again under their new declarations.
create aggregate public.gather (int) (sfunc = array_append, stype = int[]);

-- Names of a user that were once names of the catalog, beside a catalog that has lost some.
create table shop.consrc (consrc text, relhasoids bool, datlastsysoid oid);
create view shop.own_names as select s.consrc, s.relhasoids, c.relname from shop.consrc s, pg_class c where c.relname = s.consrc;
create view shop.own_alias as select 5 as checkpoints_req from pg_stat_bgwriter;
create function shop.pg_is_in_backup() returns bool language sql as 'select true';
create view shop.own_function as select shop.pg_is_in_backup();

-- A function that finds its table by the search path, where no load runs it.
create table shop.rates (v numeric); insert into shop.rates values (1);
create function shop.highest() returns numeric language plpgsql as 'begin return (select max(v) from rates); end';
create table shop.defaults (id int, v numeric default shop.highest()); insert into shop.defaults values (1, 2);
create table shop.later (v numeric);
alter table shop.later add constraint unseen check (v <= shop.highest()) not valid;

-- Functions whose text holds FROM, but that look at their arguments only, or have a path of their own.
create function shop.young(born date) returns bool language plpgsql immutable as $$
begin
  -- A row from rates would be older.
  return extract(year from born) > 1900 and born is distinct from date '2000-01-01';
end $$;
create table shop.people (born date check (shop.young(born))); insert into shop.people values ('1990-01-01');
create function shop.own_path(v numeric) returns numeric language plpgsql immutable set search_path = shop as
  'begin return (select max(r.v) from rates r) + v; end';
create index on shop.rates (shop.own_path(v));

create text search dictionary shop.plain (template = simple, stopwords = 'english');

-- A switched-off key whose rows are good, and a child that may hold NULL but does not.
create table shop.head (id int primary key); insert into shop.head values (1);
create table shop.line (id int primary key, head int references shop.head); insert into shop.line values (1, 1);
alter table shop.line disable trigger all;
