select pg_catalog.has_table_privilege('pg_catalog.pg_authid', 'SELECT') as "reads_passwords",
       pg_catalog.pg_has_role('pg_signal_backend', 'MEMBER') as "signals_sessions"
