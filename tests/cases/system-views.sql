-- Views over catalogs and views of the system that changed.

-- case: view-on-icu-locale
-- pairs: 15:18 16:17
-- verdict: schema/view-on-removed-name
-- migration: fails
-- pg_restore: fails
create view locales as select datname, daticulocale from pg_database;

-- case: view-on-default-of-elements
-- pairs: 16:18
-- verdict: schema/view-on-removed-column
-- migration: fails
-- pg_restore: fails
create view elements as select object_name, domain_default from information_schema.element_types;

-- case: view-on-parent-of-memory-contexts
-- pairs: 17:18
-- verdict: schema/view-on-removed-column
-- migration: fails
-- pg_restore: fails
create view contexts as select name, parent from pg_backend_memory_contexts;

-- case: view-of-whole-system-views
-- pairs: 10:18 13:18
-- verdict: ready
-- migration: works
-- pg_restore: works
create view joined as select pid, usename, locktype from pg_stat_activity join pg_locks using (pid);
create view everything as select * from pg_stat_replication;
