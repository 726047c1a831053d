-- Objects that a newer server refuses, and some that it takes.
set role app_owner;
create schema app;
create table app.good (id int primary key, parent int references app.good);
create view app.old_operator as select polygon '((0,0),(1,1),(1,0))' @ polygon '((0,0),(2,2),(2,0))' as inside;
create view app.on_old_operator as select inside from app.old_operator;
create table app.old_type (at abstime);
create view app.fine as select id from app.good;
create function app.old_body() returns bigint language sql as 'select 3!::bigint';
set check_function_bodies = off;
create function app.never_worked() returns int language sql as 'select x from nowhere';
