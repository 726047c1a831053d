-- There is no role pg_signal_backend before PostgreSQL 9.6.
select pg_catalog.has_table_privilege('pg_catalog.pg_authid', 'SELECT') as "reads_passwords",
       r.rolsuper as "signals_sessions"
  from pg_catalog.pg_roles r where r.rolname = current_user
