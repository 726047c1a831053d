-- Names that are hostile, long, or those of something else.

-- case: names-that-need-quotes
-- pairs: 10:18 13:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create schema "Big ""Shop""";
create table "Big ""Shop"""."order'; drop table x; --" ("select" int, "a.b" text, "%s $1 \n" text default E'\\', "tab	in" int, "ünïcödé" int);
insert into "Big ""Shop"""."order'; drop table x; --" values (1, 'x', E'a\tb', 2, 3);
create index "idx ""1""" on "Big ""Shop"""."order'; drop table x; --" ("a.b");
create view "Big ""Shop"""."v v" as select "select" as "from", "a.b" "c:d" from "Big ""Shop"""."order'; drop table x; --";
comment on column "Big ""Shop"""."order'; drop table x; --"."a.b" is E'it''s \\ "so"\nsecond line';
create type "Enum's" as enum ('it''s', '"', '\');
create table "Table With Enum" (e "Enum's" default 'it''s');
insert into "Table With Enum" values ('\'), (default);

-- case: names-as-long-as-can-be
-- pairs: 13:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create table aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1 (bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb1 serial primary key, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb2 int not null unique);
create table aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa2 (bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb1 serial primary key, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb2 int not null unique);
insert into aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1 values (default, 1);
create table "ééééééééééééééééééééééééééééééé" (i int);

-- case: names-of-types-and-catalogs
-- pairs: 10:18 13:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create table pg_shadow (id int);
create table "text" ("int4" int, "oid_" int, xmin_ int);
create table "user" ("user" text, "table" text, "current_user" text);
insert into "user" values ('a', 'b', 'c');
create type "char" as enum ('a', 'b');
create table t (c public."char", d pg_catalog."char", e int);
