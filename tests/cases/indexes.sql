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
