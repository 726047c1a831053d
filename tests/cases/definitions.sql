-- Definitions that a server prints, and that a newer one cannot read back.

-- case: view-on-a-dropped-column
-- pairs: 13:18
-- verdict: schema/view-on-dropped-column
-- migration: fails
-- pg_restore: fails
create table kept (a int, b int);
create function rows_of_kept() returns setof kept language sql as 'select * from kept';
create view of_kept as select * from rows_of_kept();
alter table kept drop column b;

-- case: language-by-its-name-alone
-- pairs: 13:18 17:18
-- verdict: schema/language-without-extension
-- migration: fails
-- pg_restore: fails
create language mine handler plpgsql_call_handler;

-- case: language-with-a-handler-in-the-dump
-- pairs: 13:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create function handle() returns language_handler language c as '$libdir/plpgsql', 'plpgsql_call_handler';
create language mine handler handle;

-- case: foreign-key-over-two-collations
-- pairs: 13:18 17:18
-- verdict: schema/foreign-key-over-collations
-- migration: fails
-- pg_restore: fails
create collation ignoring (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
create collation exact (provider = icu, locale = 'und', deterministic = true);
create table referenced (k text collate ignoring primary key);
create table referencing (k text collate exact references referenced);

-- case: foreign-key-over-one-collation
-- pairs: 17:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create collation ignoring (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
create table referenced (k text collate ignoring primary key);
create table referencing (k text collate ignoring references referenced);

-- case: system-sequence-that-only-a-system-table-uses
-- pairs: 17:18
-- verdict: ready
-- warns: schema/object-outside-dump
-- migration: deviates
-- pg_restore: works
set allow_system_table_mods = on;
create table pg_catalog.own (id serial);
create table kept (i int);
