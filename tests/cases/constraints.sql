-- Constraints: those that a newer version judges otherwise, and those that only look odd.

-- case: keys-that-name-each-other
-- pairs: 10:18 17:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create table a (id int primary key, b int, boss int references a);
create table b (id int primary key, a int references a deferrable initially deferred);
alter table a add foreign key (b) references b on delete set null;
insert into b values (1, null);
insert into a values (1, 1, 1), (2, 1, 1);
update b set a = 2;

-- case: key-between-two-deterministic-collations
-- pairs: 13:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create table parents (name text collate "C" primary key);
create table children (name text collate "POSIX" references parents);
insert into parents values ('a');
insert into children values ('a');

-- case: not-null-constraint-name-taken
-- pairs: 17:18 13:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create table t (a int not null, b int not null, constraint t_a_not_null1 check (a > 0));
insert into t values (1, 2);
create table "t_b_not_null" (i int);

-- case: check-without-inheritance
-- pairs: 13:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create table p (a int, b int not null, constraint positive check (a > 0) no inherit);
create table c (b int, a int, extra text default 'x', constraint positive check (a < 0)) ;
alter table c alter b set not null;
alter table c inherit p;
insert into p values (1, 1);
insert into c values (2, -1);
create table d (z int) inherits (p, c);
insert into d (a, b, z) values (-3, 3, 3);

-- case: constraint-trigger
-- pairs: 11:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create table t (i int);
create function refuse() returns trigger language plpgsql as $$ begin if new.i < 0 then raise 'negative'; end if; return null; end $$;
insert into t values (-1);
create constraint trigger late after insert or update of i on t deferrable initially deferred for each row when (new.i is not null) execute procedure refuse();
alter table t enable always trigger late;

-- case: domain-over-domain
-- pairs: 11:18 13:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create domain positive as int check (value > 0);
create domain small as positive default 3 not null check (value < 100);
create domain names as text collate "C" check (value ~ '^\w+$');
create domain lists as small[] check (array_length(value, 1) < 5);
create table t (a small, b names, c lists);
insert into t values (5, 'abc', '{1,2}');
comment on constraint positive_check on domain positive is 'not zero';

-- case: check-of-rows-as-a-whole
-- pairs: 13:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create table t (a int, b int);
create function is_ordered(t) returns bool language sql immutable as $$ select $1.a <= $1.b $$;
alter table t add constraint ordered check (is_ordered(t)), add check (t is not null), add check ((a, b) <> (0, 0));
insert into t values (1, 2);

-- case: check-with-a-function-that-holds
-- pairs: 13:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create function top() returns int language sql immutable as 'select 100';
create domain few as int check (value < public.top());
create table t (a int check (a < public.top()), b few);
insert into t values (50, 50);

-- case: key-between-two-collations
-- pairs: 13:18 17:18
-- verdict: schema/foreign-key-over-collations
-- migration: fails
-- pg_restore: fails
create collation ignoring (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
create table parents (name text primary key);
create table children (name text collate ignoring references parents);
insert into parents values ('a');
insert into children values ('a');

-- case: check-broken-by-a-new-function
-- pairs: 13:18 18:18
-- verdict: data/rows-break-check
-- migration: fails
-- rehearsal: rows
-- pg_restore: fails
create function top() returns int language sql immutable as 'select 100';
create table t (a int check (a < public.top()));
insert into t values (50);
create or replace function top() returns int language sql immutable as 'select 10';

-- case: check-that-looks-at-the-date
-- pairs: 13:18
-- verdict: data/rows-break-check
-- migration: fails
-- rehearsal: rows
-- pg_restore: fails
create table offers (ends timestamptz check (ends > now()));
insert into offers values (now() + interval '0.2 s');
select pg_sleep(0.3);

-- case: domain-broken-by-a-new-function
-- pairs: 13:18
-- verdict: data/rows-break-check
-- migration: fails
-- rehearsal: rows
-- pg_restore: fails
create function top() returns int language sql immutable as 'select 100';
create domain few as int check (value < public.top());
create table t (a few, b few[]);
insert into t values (50, '{50}');
create or replace function top() returns int language sql immutable as 'select 10';
