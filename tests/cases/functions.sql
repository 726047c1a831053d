-- Functions, procedures, operators, aggregates and casts.

-- case: bodies-of-sql
-- pairs: 14:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create table z (id int primary key, v text);
create function a_count() returns bigint begin atomic select count(*) from z; end;
create procedure a_add(i int, out n bigint) begin atomic insert into z values (i, 'x'); select a_count(); end;
create function b_twice(i int default 2) returns int return i * 2;
create view zv as select a_count() as n, b_twice() as two;
create function on_view() returns bigint begin atomic select n from zv; end;
insert into z values (1, 'a');

-- case: procedure-with-results
-- pairs: 14:18 13:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create role case_caller;
create procedure p(inout a int, b text default 'x') language plpgsql as $$ begin a := a + 1; commit; end $$;
grant execute on procedure p(int, text) to case_caller;
revoke execute on procedure p(int, text) from public;
comment on procedure p(int, text) is 'adds';
create function f(out a int, out b text, variadic c int[]) language sql as 'select 1, ''x''';
alter function f(int[]) set work_mem = '5MB';

-- case: aggregates-of-every-kind
-- pairs: 10:18 13:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create function add(int, int) returns int language sql immutable strict as 'select $1 + $2';
create function subtract(int, int) returns int language sql immutable strict as 'select $1 - $2';
create aggregate total(int) (sfunc = add, stype = int, initcond = '0', combinefunc = add, msfunc = add, minvfunc = subtract, mstype = int, minitcond = '0', parallel = safe);
create aggregate middle(float8 order by anyelement) (sfunc = ordered_set_transition, stype = internal, finalfunc = percentile_disc_final, finalfunc_extra);
create aggregate highest(int) (sfunc = int4larger, stype = int, sortop = >);
create table t (i int);
insert into t values (1), (2);
create view v as select total(i), middle(0.5) within group (order by i), total(i) over (order by i rows 1 preceding) as moving from t group by i;

-- case: operators-and-classes
-- pairs: 10:18 13:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create type pair as (a int, b int);
create function pair_lt(pair, pair) returns bool language sql immutable as 'select $1.a < $2.a';
create function pair_eq(pair, pair) returns bool language sql immutable as 'select $1.a = $2.a';
create function pair_cmp(pair, pair) returns int language sql immutable as 'select btint4cmp($1.a, $2.a)';
create operator <# (procedure = pair_lt, leftarg = pair, rightarg = pair, commutator = >#, restrict = scalarltsel, join = scalarltjoinsel);
create operator =# (procedure = pair_eq, leftarg = pair, rightarg = pair, commutator = =#, merges, hashes);
create operator ># (procedure = pair_lt, leftarg = pair, rightarg = pair, commutator = <#);
create operator family pairs using btree;
create operator class pair_ops for type pair using btree family pairs as operator 1 <#, operator 3 =#, operator 5 >#, function 1 pair_cmp(pair, pair);
create table t (p pair);
insert into t values ((1, 2)), ((3, 4));
create index on t (p pair_ops);
comment on operator class pair_ops using btree is 'of pairs';

-- case: casts-and-conversions
-- pairs: 10:18 13:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create type color as enum ('red', 'blue');
create type point3 as (x int, y int, z int);
create function to_color(int) returns color language sql immutable as $$ select (array['red', 'blue'])[$1]::color $$;
create cast (int as color) with function to_color(int) as assignment;
create cast (point3 as text) with inout as implicit;
create table t (c color, p point3);
insert into t values (1, row(1, 2, 3));
create default conversion mine for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;

-- case: shell-and-base-types
-- pairs: 13:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create type number;
create function number_in(cstring) returns number language internal immutable strict as 'int4in';
create function number_out(number) returns cstring language internal immutable strict as 'int4out';
create type number (input = number_in, output = number_out, like = int4, default = '7');
create table t (n number, list number[]);
insert into t values ('5', '{1,2}'), (default, null);
create type span;
create function span_canonical(span) returns span language internal immutable strict as 'int4range_canonical';
create type span as range (subtype = int4, canonical = span_canonical, subtype_diff = int4range_subdiff);
create type never_defined;

-- case: word-that-was-free
-- pairs: 13:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create function json_array(int) returns int language sql as 'select $1';
create function json_scalar(a int) returns int language sql as 'select $1';
create function merge_action() returns int language sql as 'select 1';
create table t (json_value int, "json_object" int, merge int, stored int, virtual int, period int);
create view v as select public.json_array(1) as x, public.json_scalar(2) as y, public.merge_action() as z;
insert into t values (1, 2, 3, 4, 5, 6);

-- case: function-of-a-removed-word
-- pairs: 13:18
-- verdict: ready
-- warns: schema/function-on-removed-name
-- migration: works
-- pg_restore: works
create function in_backup() returns bool language plpgsql as $$ begin return pg_is_in_backup(); end $$;

-- case: default-argument-that-is-gone
-- pairs: 13:18
-- verdict: schema/object-on-removed-name
-- migration: fails
-- pg_restore: fails
create function f(busy bool default pg_is_in_backup()) returns bool language sql as 'select $1';

-- case: trigger-that-fires-before-the-copy
-- pairs: 13:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create table t (i int);
create table log (i int);
create function note() returns trigger language plpgsql as $$ begin insert into public.log values (new.i); return new; end $$;
create trigger every before insert or update or delete on t for each row when (pg_trigger_depth() = 0) execute function note();
insert into t values (1), (2);
create rule gone as on delete to log do instead nothing;
create rule twice as on insert to log where new.i = 5 do also update t set i = i + 1 where i = new.i;
alter table t disable trigger every;
alter table log disable rule gone;
