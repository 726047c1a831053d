-- Indexes, and what their expressions may call.

-- case: index-with-old-option
-- pairs: 13:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create table t (i int);
create index on t (i) with (vacuum_cleanup_index_scale_factor = 0.2, fillfactor = 70);

-- case: index-of-parent-without-those-of-partitions
-- pairs: 13:18 17:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create table p (i int, t text) partition by range (i);
create table p1 partition of p for values from (0) to (10);
create table p2 partition of p for values from (10) to (20);
create index on only p (t);
create index p1_t on p1 (t);
insert into p values (1, 'a'), (11, 'b');

-- case: check-on-text-of-interval
-- pairs: 14:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create table stays (length interval, check (length::text <> '2 days'), starts timestamp, check ((starts - '2020-01-01'::timestamp)::text <> 'x'));
insert into stays values ('1 day', '2020-01-02');

-- case: index-options-and-operator-classes
-- pairs: 13:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create extension pg_trgm;
create extension btree_gist;
create table t (id int, name text, span int4range, at timestamptz, words tsvector, place point);
insert into t values (1, 'abc', '[1,3)', '2020-01-01', 'a b', '(1,2)');
create index on t using gist (name gist_trgm_ops (siglen = 32));
create index on t using gin (name gin_trgm_ops) with (fastupdate = off);
create index on t using brin (at timestamptz_minmax_ops) with (pages_per_range = 16, autosummarize = on);
create index on t using spgist (place quad_point_ops);
create index on t (name text_pattern_ops, id desc nulls last) include (at);
create unique index on t (id) where name is not null and at > '2019-01-01 00:00+00';
create index on t using hash (name);
alter table t add exclude using gist (id with =, span with &&) deferrable initially deferred;
alter table t cluster on t_name_id_at_idx;
create statistics st (ndistinct, dependencies, mcv) on id, name from t;

-- case: key-made-of-an-index
-- pairs: 13:18 15:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create table t (i int not null, j int);
create unique index wide on t (i) include (j);
alter table t add constraint t_key primary key using index wide;
alter table t replica identity using index t_key;
insert into t values (1, 2);

-- case: primary-key-of-one-null
-- pairs: 15:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create table t (i int not null);
create unique index t_pk on t (i) nulls not distinct;
alter table t add primary key using index t_pk;
insert into t values (1);

-- case: unique-with-one-null
-- pairs: 15:18 16:17
-- verdict: ready
-- migration: works
-- pg_restore: works
create table t (i int unique nulls not distinct, j int);
insert into t values (1), (null);
create unique index on t (j) nulls not distinct where i = 1;

-- case: index-on-text-of-interval
-- pairs: 14:18
-- verdict: schema/interval-as-text
-- migration: fails
-- pg_restore: fails
create table stays (length interval);
insert into stays values ('1 day');
create index on stays ((length::text));
